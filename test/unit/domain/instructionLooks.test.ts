import assert from 'node:assert/strict';
import fc from 'fast-check';
import { evidenceOf, MARGIN_MS, stateAt, type InstructionLook } from '../../../src/domain/instructionLooks';

const HOUR = 3_600_000;
const MINUTE = 60_000;

const look = (at: number, state: string, more: Partial<InstructionLook> = {}): InstructionLook => ({
  ...{ at, state, window: 'one', untouchedSince: 0, rootSince: 0 },
  ...more,
});

const known = (looks: readonly InstructionLook[], at: number): string | undefined => stateAt(evidenceOf(looks), at);

describe('what looks at instruction files prove', () => {
  it('goes back to the last change of any file or folder, with a margin', () => {
    const looks = [look(10 * HOUR, 'a', { untouchedSince: 8 * HOUR, rootSince: 7 * HOUR })];
    assert.equal(known(looks, 8 * HOUR + MARGIN_MS), 'a');
    assert.equal(known(looks, 10 * HOUR), 'a');
    assert.equal(known(looks, 8 * HOUR + MARGIN_MS - 1), undefined);
    assert.equal(known(looks, 10 * HOUR + 1), undefined, 'nothing is known of what comes after a look');
    assert.equal(
      known([look(10 * HOUR, 'a', { rootSince: 9 * HOUR })], 8 * HOUR),
      undefined,
      'a file may have been deleted',
    );
  });

  it('holds between two looks that agree, where no file was touched and nothing of the root came or went', () => {
    const after = { untouchedSince: 1 * HOUR, rootSince: 5 * HOUR };
    const before = look(5 * HOUR, 'a', { rootSince: 5 * HOUR });
    assert.equal(known([before, look(10 * HOUR, 'a', { ...after, window: 'two' })], 7 * HOUR), 'a');
    assert.equal(
      known([before, look(10 * HOUR, 'a', { ...after, rootSince: 9 * HOUR })], 7 * HOUR),
      undefined,
      'another file of the root may have been there',
    );
    const later = { ...after, rootSince: 9 * HOUR };
    assert.equal(known([before, look(10 * HOUR, 'b', later)], 7 * HOUR), undefined);
    assert.equal(
      known([before, look(10 * HOUR, 'a', { ...after, untouchedSince: 6 * HOUR })], 5.5 * HOUR),
      undefined,
      'it may have become another one and come back',
    );
    assert.equal(
      known([before, look(6 * HOUR, 'b', { untouchedSince: 6 * HOUR }), look(10 * HOUR, 'a', later)], 7 * HOUR),
      undefined,
      'a look in between found another one',
    );
  });

  it('holds until a window that watches is told of a change', () => {
    const before = look(5 * HOUR, 'a', { rootSince: 5 * HOUR });
    const change = { untouchedSince: 8 * HOUR, rootSince: 8 * HOUR };
    const told = look(8 * HOUR + 300, 'b', { ...change, quietUntil: 8 * HOUR + 200 });
    assert.equal(known([before, told], 7 * HOUR), 'a');
    assert.equal(known([before, told], 8 * HOUR - 1), undefined, 'too close to the change');
    assert.equal(known([before, { ...told, quietUntil: undefined }], 7 * HOUR), undefined, 'it did not watch');
    assert.equal(known([before, { ...told, window: 'two' }], 7 * HOUR), undefined, 'another window watched');
    assert.equal(known([before, { ...told, quietUntil: told.at }], 7 * HOUR), undefined, 'it was not told');
    const later = look(9 * HOUR, 'b', { ...change, quietUntil: 9 * HOUR });
    assert.equal(known([before, told, later], 8.5 * HOUR), 'b');
  });

  it('says nothing where two proofs contradict each other', () => {
    assert.equal(known([look(2 * HOUR, 'a'), look(2 * HOUR, 'b', { window: 'two' })], HOUR), undefined);
  });

  it('never says what was not so', () => {
    fc.assert(
      fc.property(world, fc.array(fc.integer({ min: 0, max: 100 * MINUTE }), { maxLength: 40 }), (made, moments) => {
        const looks = looksAt(made);
        const evidence = evidenceOf(looks);
        for (const at of [
          ...moments,
          ...looks.map((one) => one.at),
          ...made.changes.flatMap((one) => [one.at - 1, one.at]),
        ]) {
          const said = stateAt(evidence, at);
          if (said !== undefined) assert.equal(said, stateOf(made, at), `at ${at}`);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('knows all but the moments near a change, of a window that watches and looks at each of them', () => {
    fc.assert(
      fc.property(
        world,
        fc.array(fc.integer({ min: 1, max: 100 * MINUTE }), { minLength: 1, maxLength: 20 }),
        (made, moments) => {
          const windows = [{ name: 'one', looks: [0, ...moments], watches: true }];
          const evidence = evidenceOf(looksAt({ ...made, windows }));
          const isNear = (at: number): boolean =>
            made.changes.some((change) => at > change.at - MARGIN_MS && at < change.at + 2 * MARGIN_MS);
          const first = Math.min(...moments);
          for (const at of moments) {
            if (!isNear(at) && at > first) assert.equal(stateAt(evidence, at), stateOf(made, at), `at ${at}`);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** A folder with its changes, and windows that look at it. */
interface World {
  /** `old` and `young` lie in the root, where the first is once deleted and the second comes and goes; `sub` lies in a folder. */
  changes: { at: number; file: 'old' | 'young' | 'sub' | 'root'; to: string | undefined; late: number }[];
  windows: { name: string; looks: number[]; watches: boolean }[];
}

const time = fc.integer({ min: 1, max: 100 * MINUTE });

const world: fc.Arbitrary<World> = fc
  .record({
    changes: fc.array(
      fc.record({
        at: time,
        file: fc.constantFrom('old' as const, 'young' as const, 'sub' as const, 'root' as const),
        to: fc.constantFrom('x', 'y', undefined),
        late: fc.integer({ min: 0, max: 1_500 }),
      }),
      { maxLength: 6 },
    ),
    windows: fc.array(fc.record({ looks: fc.array(time, { maxLength: 8 }), watches: fc.boolean() }), { maxLength: 3 }),
  })
  .map(({ changes, windows }) => ({
    windows: windows.map((window, index) => ({ ...window, name: String(index) })),
    changes: possible(changes.sort((a, b) => a.at - b.at)),
  }));

/** What is not there is not deleted; the old file does not come back. */
function possible(changes: World['changes']): World['changes'] {
  let [isOldThere, isYoungThere] = [true, false];
  return changes.filter(({ file, to }) => {
    if (file === 'old') {
      if (!isOldThere) return false;
      isOldThere = to !== undefined;
    }
    if (file === 'young') {
      if (to === undefined && !isYoungThere) return false;
      isYoungThere = to !== undefined;
    }
    return true;
  });
}

function stateOf({ changes }: World, at: number): string {
  const files: Record<string, string | undefined> = { old: 'x', sub: 'x' };
  for (const change of changes) if (change.at <= at && change.file !== 'root') files[change.file] = change.to;
  return JSON.stringify([files['old'], files['young'], files['sub']]);
}

function timesAt({ changes }: World, at: number): { untouchedSince: number; rootSince: number } {
  const made = changes.filter((change) => change.at <= at);
  const touched = (file: string): number => made.filter((change) => change.file === file).at(-1)?.at ?? 0;
  const isThere = (file: string): boolean => made.filter((change) => change.file === file).at(-1)?.to !== undefined;
  const roots = made.filter(
    ({ file, to }) => file === 'root' || (file === 'old' && to === undefined) || file === 'young',
  );
  return {
    untouchedSince: Math.max(
      touched('sub'),
      isThere('old') ? touched('old') : 0,
      isThere('young') ? touched('young') : 0,
    ),
    rootSince: Math.max(0, ...roots.map((change) => change.at)),
  };
}

/** What the windows of a world keep: news comes late, and a look that sees a change waits for it. */
function looksAt(made: World): InstructionLook[] {
  const news = made.changes.filter(({ file }) => file !== 'root').map(({ at, late }) => at + late);
  return made.windows.flatMap(({ name, looks, watches }) => {
    let before: InstructionLook | undefined;
    const all = [...new Set([...looks, ...(watches ? news.map((told) => told + 1) : [])])].sort((a, b) => a - b);
    return all.map((at) => {
      const own = before;
      const state = stateOf(made, at);
      let told = news.filter((one) => own !== undefined && one > own.at && one <= at).sort((a, b) => a - b)[0];
      if (told === undefined && own !== undefined && own.state !== state) {
        told = news.some((one) => one > at && one <= at + 1_500) ? at - 1 : undefined;
      }
      const quiet = watches && own !== undefined ? { quietUntil: Math.min(told ?? at, at) } : {};
      before = { at, window: name, state, ...timesAt(made, at), ...quiet };
      return before;
    });
  });
}
