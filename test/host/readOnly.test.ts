import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { testEnvironment } from './support/environment';
import { api, newRunning, run, sampleInput } from './support/extension';

/** A file that cannot be used is left byte for byte as it was, whatever is tried on it. */
describe('a database that cannot be used', () => {
  const { storage } = testEnvironment();
  const database = path.join(storage, 'experiments.db');
  let sound: Buffer;
  let experimentId: string;

  before(async () => {
    experimentId = (await newRunning('Before the damage')).id;
    sound = readFileSync(database);
  });

  afterEach(async () => {
    mkdirSync(storage, { recursive: true });
    writeFileSync(database, sound);
    await run('refresh', undefined);
    assert.ok(
      (await (await api()).experiments()).some(({ id }) => id === experimentId),
      'works again once it is sound',
    );
  });

  after(() => run('concludeExperiment', { experimentId }));

  const newer = (): Buffer => {
    const copy = Buffer.from(sound);
    // `PRAGMA user_version` is the big-endian integer at byte 60 of the header.
    copy.writeUInt32BE(9999, 60);
    return copy;
  };
  const cases: [string, () => Buffer, RegExp][] = [
    [
      'random bytes',
      () => Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 37) % 256)),
      /cannot be read.*experiments\.db/s,
    ],
    [
      'a truncated file',
      () => sound.subarray(0, Math.floor(sound.length / 2) - 100),
      /cannot be read.*experiments\.db/s,
    ],
    ['an empty file', () => Buffer.alloc(0), /cannot be read.*experiments\.db/s],
    ['a newer schema', newer, /newer version.*Update.*experiments\.db/s],
  ];

  for (const [name, make, message] of cases) {
    it(`is left as it is: ${name}`, async () => {
      const bytes = make();
      writeFileSync(database, bytes);
      await run('refresh', undefined);
      await assert.rejects(run('newExperiment', sampleInput('never')), message);
      await assert.rejects(run('concludeExperiment', { experimentId }));
      const tag = await run('tagControl', { experimentId, sessionId: 's' });
      assert.equal(tag.outcome, 'refused');
      await (await api()).experiments();
      assert.ok(readFileSync(database).equals(bytes), 'the file was changed');
    });
  }

  it('may be taken away: then there is an empty store, and nothing is made until something is written', async () => {
    rmSync(database);
    await run('refresh', undefined);
    assert.deepEqual(await (await api()).experiments(), []);
    assert.throws(() => readFileSync(database), /ENOENT/);
  });
});
