import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Binding } from '../../../src/api';
import { classify, type Classification } from '../../../src/domain/binding';
import { Ancestries, type CommitGraph } from '../../../src/git/ancestry';
import { isShallow } from '../../../src/git/gitFolder';
import { HeadHistory } from '../../../src/git/headHistory';
import { diskAccess } from '../../../src/sessions/reading/fileAccess';
import { MINUTE, Repository, START } from './repository';

/** A session's folder and the minute at which it started. */
type Start = [minute: number, folder?: string];

const TREATMENT = 'Treatment: containsTreatment';
const BEFORE = 'Control: beforeTreatment';
const APART = 'Control: apartFromTreatment';
const WITHOUT = 'Excluded: withoutControl';

describe('bindings by commit: in repositories made by git', function () {
  this.timeout(60_000);

  let repository: Repository;

  beforeEach(() => {
    repository = new Repository();
  });

  afterEach(() => {
    repository.remove();
  });

  function graphOf(folder: string): CommitGraph {
    const ask = (...args: string[]): Promise<string | undefined> => {
      try {
        return Promise.resolve(repository.gitIn(folder, 0, ...args));
      } catch {
        return Promise.resolve(undefined);
      }
    };
    return {
      mergeBase: (a, b) => ask('merge-base', a, b),
      resolve: (id) => ask('rev-parse', '--verify', '--quiet', `${id}^{commit}`),
      isShallow: () => isShallow(diskAccess, folder),
    };
  }

  /** What the binding makes of sessions: their start commits come from the log of HEAD, as in the extension. */
  async function variants(control: string, treatment: string, starts: Start[], graph?: CommitGraph): Promise<string[]> {
    const binding: Binding = { kind: 'GitCommit', controlCommit: control, treatmentCommit: treatment };
    const history = new HeadHistory(diskAccess);
    const ancestries = new Ancestries(() => 0);
    const found: string[] = [];
    for (const [minute, folder = repository.folder] of starts) {
      const { commit } = await history.at(folder, START + minute * MINUTE);
      if (commit !== undefined) {
        const asked = graph ?? graphOf(folder);
        await ancestries.ask([control, treatment].map((other) => ({ start: commit, commit: other, graph: asked })));
      }
      const { variant, reason }: Classification = classify(binding, {
        commit,
        ancestry: (other) => (commit === undefined ? 'notYetKnown' : ancestries.get(commit, other)),
      });
      found.push(`${variant}: ${reason}`);
    }
    return found;
  }

  /** Commits at these minutes, each of its own file; their ids. */
  const commits = (minutes: number[]): string[] => minutes.map((minute) => repository.commit(minute, `f${minute}.txt`));

  /** Four commits on main, two on a branch `change`, one more on main: the control commit, the first and last of the branch. */
  function branched(): { control: string; treatment: string; tip: string } {
    const [, , , control = ''] = commits([1, 2, 3, 4]);
    repository.git(5, 'switch', '-q', '-c', 'change');
    const [treatment = '', tip = ''] = commits([6, 7]);
    repository.git(8, 'switch', '-q', 'main');
    commits([9]);
    return { control, treatment, tip };
  }

  it('one line of 12 commits: before, at and after the change', async () => {
    const all = commits([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const [control = '', treatment = ''] = all.slice(4, 6);
    const starts: Start[] = Array.from({ length: 12 }, (_, at) => [at + 1.5]);
    assert.deepEqual(await variants(control, treatment, [[0.5], ...starts]), [
      'Excluded: noStartCommit',
      ...Array<string>(4).fill(WITHOUT),
      BEFORE,
      ...Array<string>(7).fill(TREATMENT),
    ]);
    // Commits between the two contain the one and lie before the other.
    assert.deepEqual(await variants(all[4] ?? '', all[8] ?? '', [[7.5], [9.5]]), [BEFORE, TREATMENT]);
  });

  it('merged: the branch is Treatment from its commit on, main from the merge on', async () => {
    const { control, treatment } = branched();
    repository.git(10, 'merge', '-q', '--no-ff', '-m', 'merge', 'change');
    commits([11, 12]);
    const starts: Start[] = [[3.5], [4.5], [5.5], [6.5], [7.5], [8.5], [9.5], [10.5], [12.5]];
    const expected = [WITHOUT, BEFORE, BEFORE, TREATMENT, TREATMENT, BEFORE, APART, TREATMENT, TREATMENT];
    assert.deepEqual(await variants(control, treatment, starts), expected);
    // The branch's name is of no importance.
    repository.git(13, 'branch', '-q', '-D', 'change');
    assert.deepEqual(await variants(control, treatment, starts), expected);
  });

  it('squashed: main does not contain the commit, and that is said', async () => {
    const { control, treatment } = branched();
    repository.git(10, 'merge', '-q', '--squash', 'change');
    repository.git(10, 'commit', '-q', '-m', 'squashed');
    const squashed = repository.git(10, 'rev-parse', 'HEAD');
    commits([11, 12]);
    const starts: Start[] = [[7.5], [9.5], [10.5], [12.5]];
    assert.deepEqual(await variants(control, treatment, starts), [TREATMENT, APART, APART, APART]);
    assert.deepEqual(await variants(control, squashed, starts), [APART, BEFORE, TREATMENT, TREATMENT]);
  });

  it('rebased: the new commits are others', async () => {
    const { control, treatment, tip } = branched();
    repository.git(10, 'switch', '-q', 'change');
    repository.git(11, 'rebase', '-q', 'main');
    const rebased = repository.git(11, 'rev-parse', 'HEAD~1');
    repository.git(12, 'switch', '-q', 'main');
    repository.git(13, 'merge', '-q', '--ff-only', 'change');
    const starts: Start[] = [[7.5], [9.5], [10.5], [11.5], [13.5]];
    assert.deepEqual(await variants(control, treatment, starts), [TREATMENT, APART, TREATMENT, APART, APART]);
    assert.deepEqual(await variants(control, rebased, starts), [APART, BEFORE, APART, TREATMENT, TREATMENT]);
    assert.deepEqual(await variants(control, tip, [[7.5], [6.5]]), [TREATMENT, BEFORE]);
  });

  it('branch deleted without a merge: known while git has the commits, unknown once it has thrown them away', async () => {
    const { control, treatment } = branched();
    repository.git(10, 'branch', '-q', '-D', 'change');
    const starts: Start[] = [[4.5], [6.5], [7.5], [9.5]];
    assert.deepEqual(await variants(control, treatment, starts), [BEFORE, TREATMENT, TREATMENT, APART]);
    // The log of HEAD is kept aside, as a copy that the extension had read before.
    const log = path.join(repository.folder, '.git', 'logs', 'HEAD');
    const kept = fs.readFileSync(log);
    repository.git(11, 'reflog', 'expire', '--expire=now', '--expire-unreachable=now', '--all');
    repository.git(11, 'gc', '-q', '--prune=now');
    fs.writeFileSync(log, kept);
    assert.deepEqual(await variants(control, treatment, starts), [
      'Excluded: experimentCommitGone',
      'Excluded: startCommitGone',
      'Excluded: startCommitGone',
      'Excluded: experimentCommitGone',
    ]);
  });

  it('shallow clone: only what the cut cannot hide', async () => {
    const { control, treatment } = branched();
    repository.git(10, 'merge', '-q', '--no-ff', '-m', 'merge', 'change');
    const all = commits([11, 12]);
    const clone = path.join(repository.root, 'clone');
    const url = pathToFileURL(repository.folder).href;
    repository.gitIn(repository.root, 20, 'clone', '-q', '--depth=2', url, clone);
    assert.equal(await isShallow(diskAccess, clone), true);
    assert.equal(await isShallow(diskAccess, repository.folder), false);
    assert.deepEqual(await variants(control, treatment, [[20.5, clone]]), ['Excluded: experimentCommitGone']);
    // Both are there, but not what lies between them.
    repository.gitIn(clone, 21, 'fetch', '-q', '--depth=1', 'origin', treatment, control);
    assert.deepEqual(await variants(control, treatment, [[20.5, clone]]), ['Excluded: shallowHistory']);
    assert.deepEqual(await variants(control, all[0] ?? '', [[20.5, clone]]), [TREATMENT]);
    assert.deepEqual(await variants(control, treatment, [[12.5]]), [TREATMENT]);
  });

  it('missing commits, histories without a common commit, no repository, and names instead of ids', async () => {
    const [control = '', treatment = ''] = commits([1, 2]);
    const missing = 'd'.repeat(40);
    assert.deepEqual(await variants(control, missing, [[1.5]]), ['Excluded: experimentCommitGone']);
    assert.deepEqual(await variants(missing, treatment, [[1.5], [2.5]]), ['Excluded: experimentCommitGone', TREATMENT]);
    assert.deepEqual(await variants('main', '--all', [[1.5]]), ['Excluded: experimentCommitGone']);
    repository.git(3, 'switch', '-q', '--orphan', 'other');
    commits([4]);
    assert.deepEqual(await variants(control, treatment, [[4.5]]), ['Excluded: unrelatedHistory']);
    const none = new Ancestries(() => 0);
    await none.ask([{ start: control, commit: treatment, graph: undefined }]);
    assert.equal(none.get(control, treatment), 'noRepository');
  });

  it('short ids, as other programs write them', async () => {
    const [control = '', treatment = ''] = commits([1, 2, 3]);
    assert.deepEqual(await variants(control.slice(0, 8), treatment.slice(0, 8), [[1.5], [2.5], [3.5]]), [
      BEFORE,
      TREATMENT,
      TREATMENT,
    ]);
  });

  it('detached HEAD and bisecting', async () => {
    const [control = '', treatment = ''] = commits([1, 2, 3]);
    repository.git(4, 'switch', '-q', '--detach', control);
    repository.git(5, 'switch', '-q', '--detach', treatment);
    commits([6]);
    assert.deepEqual(await variants(control, treatment, [[4.5], [5.5], [6.5]]), [BEFORE, TREATMENT, TREATMENT]);
  });

  it('worktrees have their own start commits and share the history', async () => {
    const { control, treatment } = branched();
    const tree = path.join(repository.root, 'tree');
    repository.git(20, 'worktree', 'add', '-q', tree, 'change');
    repository.commit(22, 'more.txt', tree);
    assert.deepEqual(await variants(control, treatment, [[20.5, tree], [22.5, tree], [22.5]]), [
      TREATMENT,
      TREATMENT,
      APART,
    ]);
    assert.equal(await isShallow(diskAccess, tree), false);
  });

  it('submodules have a history of their own', async () => {
    const [control = '', treatment = ''] = commits([1, 2, 3]);
    const outer = path.join(repository.root, 'outer');
    fs.mkdirSync(outer);
    repository.gitIn(outer, 10, 'init', '-q', '-b', 'main');
    repository.gitIn(outer, 10, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', repository.folder, 'sub');
    const first = repository.commit(11, 'own.txt', outer);
    const second = repository.commit(12, 'own.txt', outer);
    const sub = path.join(outer, 'sub');
    assert.deepEqual(
      await variants(control, treatment, [
        [12.5, sub],
        [12.5, outer],
      ]),
      [TREATMENT, 'Excluded: experimentCommitGone'],
    );
    assert.deepEqual(
      await variants(first, second, [
        [11.5, outer],
        [12.5, outer],
        [12.5, sub],
      ]),
      [BEFORE, TREATMENT, 'Excluded: experimentCommitGone'],
    );
    assert.equal(await isShallow(diskAccess, sub), false);
  });

  it('asks each pair once, and what was unknown again after a minute', async () => {
    let now = 0;
    let asked = 0;
    let answer: string | undefined = undefined;
    const ancestries = new Ancestries(() => now);
    const graph: CommitGraph = {
      mergeBase: () => ((asked += 1), Promise.resolve(answer)),
      resolve: () => Promise.resolve(undefined),
      isShallow: () => Promise.resolve(false),
    };
    const question = { start: 'a'.repeat(40), commit: 'b'.repeat(40), graph };
    assert.equal(await ancestries.ask([question, question]), true);
    assert.equal(await ancestries.ask([question]), false);
    assert.deepEqual([asked, ancestries.get(question.start, question.commit)], [1, 'startCommitGone']);
    assert.equal(await ancestries.ask([question], true), false, 'a conclusion asks again at once');
    assert.equal(asked, 2);
    answer = question.commit;
    now = 60_000;
    assert.equal(await ancestries.ask([question]), true);
    now = 1e9;
    assert.equal(await ancestries.ask([question], true), false);
    assert.deepEqual([asked, ancestries.get(question.start, question.commit)], [3, 'contains']);
  });
});
