import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerHook } from '../../../src/assignment/answer';
import { CONTROL_TEXT, runningExperiment, TREATMENT_TEXT } from '../../campaign/assignments/starts';
import { cleanUp, loadWasm, openStore, tempFolder, WASM } from '../store/support/fixture';
import { HookedFiles } from '../store/support/hookedFiles';
import { Engine } from '../../../src/store/engine';

describe('the answer to a session that starts', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  const input = JSON.stringify({ session_id: 's1', cwd: __dirname, source: 'startup' });

  /** The folder of a store with one running experiment. */
  async function storage(): Promise<string> {
    const folder = join(tempFolder(), 'storage');
    (await runningExperiment(folder, WASM)).dispose();
    return folder;
  }

  it('is the text of a variant also where another program writes into the file at that moment', async () => {
    const folder = await storage();
    const file = join(folder, 'experiments.db');
    const sound = readFileSync(file);
    const hooked = new HookedFiles();
    let writes = 3;
    hooked.setHook(({ call }, moment) => {
      if (call !== 'read' || moment !== 'before' || writes === 0) return;
      writes -= 1;
      writeFileSync(file, sound);
    });
    const { output, drawn, problem } = await answerHook(openStore(folder, { files: hooked.files }), input, 'codex');
    assert.equal(problem, undefined);
    assert.equal(writes, 0);
    assert.equal(drawn.length, 1);
    assert.ok(output?.includes(drawn[0]?.variant === 'Treatment' ? TREATMENT_TEXT : CONTROL_TEXT));
  });

  it('is nothing where the file cannot be read, with the reason and without waiting for the lock', async () => {
    const folder = await storage();
    writeFileSync(join(folder, 'experiments.db'), 'not a database');
    const hooked = new HookedFiles();
    const { problem, ...nothing } = await answerHook(openStore(folder, { files: hooked.files }), input, 'codex');
    assert.deepEqual(nothing, { output: undefined, drawn: [] });
    assert.match(problem ?? '', /^unreadable: .*experiments\.db/);
    assert.ok(hooked.sites.every(({ call }) => call !== 'mkdir' && call !== 'rename'));
  });

  it('is nothing where a newer version wrote the file, with the reason only where an experiment would draw', async () => {
    const folder = await storage();
    const file = join(folder, 'experiments.db');
    const engine = await Engine.load(loadWasm);
    const change = (sql: string): void => {
      const db = engine.open(readFileSync(file));
      db.script(sql);
      rmSync(file);
      writeFileSync(file, db.export());
      db.close();
    };
    const before = readdirSync(folder);
    change('PRAGMA user_version = 999');
    const asked = await answerHook(openStore(folder), input, 'codex');
    assert.match(asked.problem ?? '', /^newer: schema 999/);
    assert.equal(asked.output, undefined);
    change(`UPDATE experiments SET state = 'Concluded', concluded_at_ms = 1`);
    assert.deepEqual(await answerHook(openStore(folder), input, 'codex'), { output: undefined, drawn: [] });
    assert.deepEqual(readdirSync(folder), before);
  });
});
