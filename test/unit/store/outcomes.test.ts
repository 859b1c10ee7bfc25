import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askOtherSqlite, author, cleanUp, openStore, tempFolder } from './support/fixture';

describe('store: what people say of sessions', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  it('is kept across stores, changed and taken back', async () => {
    const store = openStore(tempFolder());
    assert.equal((await store.read()).outcomes.size, 0);
    assert.equal(await store.setOutcome('s1', 'success', author), 'success');
    assert.equal(await store.setOutcome('s2', 'failure', author), 'failure');
    const other = openStore(join(store.file, '..'));
    assert.deepEqual([...(await other.read()).outcomes].sort(), [
      ['s1', 'success'],
      ['s2', 'failure'],
    ]);
    await other.setOutcome('s1', 'failure', author);
    await other.setOutcome('s2', undefined, author);
    assert.deepEqual([...(await store.read()).outcomes], [['s1', 'failure']]);
    const rows = askOtherSqlite(store.file, 'SELECT session_id, outcome FROM session_outcomes');
    if (rows !== undefined) assert.deepEqual(rows, ['s1|failure']);
  });

  it('writes nothing where nothing changes', async () => {
    const store = openStore(tempFolder());
    await store.setOutcome('s1', 'success', author);
    const bytes = readFileSync(store.file);
    await store.setOutcome('s1', 'success', author);
    await store.setOutcome('s2', undefined, author);
    assert.ok(readFileSync(store.file).equals(bytes));
  });

  it('refuses a session without a name', async () => {
    const store = openStore(tempFolder());
    await assert.rejects(store.setOutcome(' ', 'success', author), { code: 'invalidValue' });
  });
});
