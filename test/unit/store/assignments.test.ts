import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Experiment } from '../../../src/api';
import { drawing } from '../../../src/assignment/drawing';
import { blockAt } from '../../../src/assignment/blocks';
import { readableDraws } from '../../../src/domain/assignment';
import type { AssignmentRequest } from '../../../src/store/assignments';
import { Engine } from '../../../src/store/engine';
import type { FileStore } from '../../../src/store/fileStore';
import { author, cleanUp, loadWasm, openStore, sampleExperiment, tag, tempFolder } from './support/fixture';

const start = (sessionId: string, change: Partial<AssignmentRequest> = {}): AssignmentRequest => ({
  agent: 'codex',
  sessionId,
  folder: '/home/ada',
  begins: true,
  source: 'hook',
  ...change,
});

async function withExperiments(...changes: Partial<Experiment>[]): Promise<FileStore> {
  const store = openStore(tempFolder());
  for (const [index, change] of changes.entries()) {
    const id = `e${index + 1}`;
    const randomised = { treatmentText: 'Be brief.', allocation: 0.5 };
    await store.save(sampleExperiment({ id, randomised, ...change }));
    await store.transition(id, 'start');
  }
  return store;
}

describe('assignments in the store', () => {
  afterEach(cleanUp);

  it('are drawn once for a session, and are the same ever after', async () => {
    const store = await withExperiments({});
    const [first] = await store.assign(start('s1', { transcript: '/t' }), drawing);
    assert.equal(first?.isNew, true);
    for (const again of [start('s1'), start('s1', { begins: false }), start('s1', { agent: 'gemini' })]) {
      const [known] = await store.assign(again, drawing);
      assert.deepEqual(known?.assignment, first.assignment);
      assert.equal(known.isNew, false);
    }
    const { assignments } = await store.read();
    assert.deepEqual(assignments.get('e1')?.get('s1'), first.assignment);
    assert.equal(first.assignment.transcript, '/t');
  });

  it('follow the sequence of each experiment and agent', async () => {
    const store = await withExperiments({}, {});
    for (let n = 0; n < 40; n += 1) await store.assign(start(`s${n}`, { agent: n % 2 ? 'codex' : 'gemini' }), drawing);
    const { assignments } = await store.read();
    for (const id of ['e1', 'e2']) {
      const all = [...readableDraws(assignments.get(id)).values()];
      for (const agent of ['codex', 'gemini']) {
        const drawn = all.filter((assignment) => assignment.agent === agent);
        assert.deepEqual(
          drawn.map(({ position }) => position),
          Array.from({ length: 20 }, (_, n) => n),
        );
      }
    }
    const variants = (id: string): string =>
      [...readableDraws(assignments.get(id)).values()].map(({ variant }) => variant[0]).join('');
    assert.notEqual(variants('e1'), variants('e2'), 'experiments draw independently');
  });

  it('that cannot be read are shown as damaged, and neither drawn again nor tagged over', async () => {
    const store = await withExperiments({});
    await store.assign(start('sound'), drawing);
    const bytes = (await store.databaseBytes()) ?? new Uint8Array();
    const db = (await Engine.load(loadWasm)).open(bytes);
    const row = (values: string): string => `INSERT INTO assignments VALUES ('e1', ${values}, NULL, NULL);`;
    db.script(
      row(`'variant', 'codex', 'Neither', 1, 1, 'hook'`) +
        row(`'position', 'codex', 'Control', 'x', 1, 'hook'`) +
        row(`'time', 'codex', 'Control', 3, 'noon', 'hook'`) +
        row(`'agent', x'01', 'Control', 4, 1, 'hook'`) +
        row(`'source', 'codex', 'Control', 5, 1, 'nowhere'`) +
        'UPDATE journal_base SET file_counter = -1',
    );
    writeFileSync(store.file, db.export());
    db.close();
    const drawn = (await store.read()).assignments.get('e1');
    const damaged = ['variant', 'position', 'time', 'agent', 'source'];
    assert.deepEqual(
      [...(drawn ?? [])]
        .filter(([, one]) => one === undefined)
        .map(([id]) => id)
        .sort(),
      damaged.sort(),
    );
    assert.equal(readableDraws(drawn).size, 1);
    for (const id of damaged) {
      assert.deepEqual(await store.assign(start(id), drawing), [], id);
      await store.delivered([{ experimentId: 'e1', sessionId: id }]);
      assert.equal((await store.apply(tag(id, 'Control'), author)).refusal, 'damagedTag', id);
    }
    assert.deepEqual((await store.read()).assignments.get('e1'), drawn);
    const [next] = await store.assign(start('next'), drawing);
    assert.equal(next?.assignment.position, 6);
  });

  it('are not drawn for sessions that go on, that a person tagged, or that no experiment draws for', async () => {
    const store = await withExperiments({
      randomised: { treatmentText: 'x', agents: ['codex'] },
      workspace: 'file:///home/ada',
    });
    await store.apply(tag('tagged', 'Control'), author);
    assert.deepEqual(await store.assign(start('s1', { begins: false }), drawing), []);
    assert.deepEqual(await store.assign(start('tagged'), drawing), []);
    assert.deepEqual(await store.assign(start('s2', { agent: 'gemini' }), drawing), []);
    assert.deepEqual(await store.assign(start('s3', { folder: '/elsewhere' }), drawing), []);
    assert.deepEqual(await store.assign(start('s4', { folder: '/home/adaline' }), drawing), []);
    assert.equal((await store.assign(start('s5', { folder: '/home/ada/deep/er' }), drawing)).length, 1);
    await store.transition('e1', 'conclude');
    assert.deepEqual(await store.assign(start('s6'), drawing), []);
  });

  it('are a conflict for another tag, and give way to a retag with its reason alone', async () => {
    const store = await withExperiments({});
    const [drawn] = await store.assign(start('s1'), drawing);
    const variant = drawn?.assignment.variant ?? 'Control';
    const other = variant === 'Control' ? 'Treatment' : 'Control';
    assert.equal((await store.apply(tag('s1', variant), author)).outcome, 'unchanged');
    const conflict = await store.apply(tag('s1', other), author);
    assert.deepEqual([conflict.outcome, conflict.existing], ['conflict', variant]);
    assert.equal((await store.read()).tags.get('e1'), undefined);
    const key = { experimentId: 'e1', sessionId: 's1' };
    assert.equal((await store.apply({ action: 'untag', ...key, reason: 'r' }, author)).outcome, 'refused');
    const retagged = await store.apply({ action: 'retag', ...key, variant: other, reason: 'the hook failed' }, author);
    assert.deepEqual([retagged.outcome, retagged.existing], ['retagged', variant]);
    assert.equal((await store.read()).tags.get('e1')?.get('s1'), other);
    assert.deepEqual(
      (await store.history('e1')).map(({ action, from, to }) => [action, from, to]),
      [['retag', variant, other]],
    );
    assert.equal((await store.read()).assignments.get('e1')?.get('s1')?.variant, variant, 'what was drawn stays');
    assert.equal((await store.apply({ action: 'untag', ...key, reason: 'r' }, author)).outcome, 'untagged');
    assert.equal((await store.apply(tag('s1', variant), author)).outcome, 'unchanged', 'the draw holds again');
  });

  it('keep when they reached their session, once', async () => {
    const store = await withExperiments({});
    const [drawn] = await store.assign(start('s1'), drawing);
    assert.ok(drawn);
    await store.delivered([drawn.assignment]);
    const at = (await store.read()).assignments.get('e1')?.get('s1')?.deliveredAt;
    assert.ok(at !== undefined);
    await store.delivered([drawn.assignment, { experimentId: 'e1', sessionId: 'nobody' }]);
    assert.equal((await store.read()).assignments.get('e1')?.get('s1')?.deliveredAt, at);
  });

  it('keep who looked behind the blind first', async () => {
    const store = await withExperiments({});
    await store.unblind('e1', author);
    await store.unblind('e1', { ...author, who: 'bob' });
    await store.unblind('gone', author);
    const { unblinded } = await store.read();
    assert.deepEqual(
      [...unblinded.values()].map((unblinding) => ('who' in unblinding ? unblinding.who : unblinding.verdict)),
      ['ada'],
    );
  });

  it('keep which verdict opened the blind, while the experiment runs and nobody looked before', async () => {
    const store = await withExperiments({});
    const opening = async (): Promise<unknown> => {
      const unblinding = (await store.read()).unblinded.get('e1');
      return unblinding && ('who' in unblinding ? unblinding.who : unblinding.verdict);
    };
    await store.openByVerdict('e1', 'Better');
    await store.openByVerdict('e1', 'Harmful');
    await store.unblind('e1', author);
    assert.equal(await opening(), 'Better');
    const ended = await withExperiments({});
    await ended.transition('e1', 'conclude');
    await ended.openByVerdict('e1', 'Better');
    assert.equal((await ended.read()).unblinded.size, 0);
  });

  it('are balanced in every full block, in any order of agents and sessions', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('codex', 'gemini'), { minLength: 20, maxLength: 40 }),
        async (agents) => {
          const store = openStore(tempFolder());
          const seed = 'cd'.repeat(32);
          await store.save(sampleExperiment({ randomised: { treatmentText: 'x', allocation: 0.5 } }));
          await store.transition('e1', 'start');
          for (const [n, agent] of agents.entries()) {
            await store.assign(start(`s${n}`, { agent }), { ...drawing, newSeed: () => seed });
          }
          const all = [...readableDraws((await store.read()).assignments.get('e1')).values()];
          for (const agent of ['codex', 'gemini']) {
            const drawn = all.filter((assignment) => assignment.agent === agent);
            for (let at = 0; at < drawn.length;) {
              const { size } = blockAt({ seed, experimentId: 'e1', agent, allocation: 0.5 }, at);
              const block = drawn.slice(at, at + size);
              if (block.length === size) {
                assert.equal(block.filter(({ variant }) => variant === 'Treatment').length * 2, size);
              }
              at += size;
            }
          }
          store.dispose();
        },
      ),
      { numRuns: 5 },
    );
  }).timeout(60_000);
});
