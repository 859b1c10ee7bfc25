import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { HeadHistory } from '../../../src/git/headHistory';
import type { IndexedSession } from '../../../src/sessions/model';
import { diskAccess } from '../../../src/sessions/reading/fileAccess';
import type { FileAccess } from '../../../src/sessions/reading/fileAccess';
import { SessionIndex } from '../../../src/sessions/sessionIndex';
import { StartCommits } from '../../../src/sessions/startCommits';
import { MINUTE, Repository, START } from '../git/repository';
import { session } from './support/sessions';

describe('the commit that a session started from', function () {
  this.timeout(30_000);

  let repository: Repository;

  beforeEach(() => {
    repository = new Repository();
  });

  afterEach(() => {
    repository.remove();
  });

  const startedAt = (minute: number, workspaceFolder = repository.folder): Partial<IndexedSession> => ({
    startedAt: START + minute * MINUTE,
    workspaceFolder,
  });

  /** An index over one source, whose sessions the test gives. */
  function indexed(access: FileAccess = diskAccess): (...found: IndexedSession[]) => Promise<IndexedSession[]> {
    let sessions: IndexedSession[] = [];
    const source = { agent: 'any', watchFolders: () => [], scan: () => Promise.resolve(sessions) };
    const index = new SessionIndex([source], { starts: new StartCommits(new HeadHistory(access)) });
    return async (...found) => {
      sessions = found;
      const all = await index.refresh([], 0);
      return found.map(({ id }) => all.find((each) => each.id === id) ?? assert.fail(id));
    };
  }

  it('is where HEAD of its own worktree, submodule or repository was', async () => {
    const first = repository.commit(1);
    const tree = path.join(repository.root, 'tree');
    repository.git(2, 'worktree', 'add', '-q', '-b', 'side', tree);
    const side = repository.commit(3, 'b.txt', tree);
    const second = repository.commit(4);
    const outer = path.join(repository.root, 'outer');
    fs.mkdirSync(outer);
    repository.gitIn(outer, 5, 'init', '-q', '-b', 'trunk');
    repository.gitIn(outer, 6, 'submodule', '--quiet', 'add', repository.folder, 'lib');
    const outside = repository.commit(7, 'c.txt', outer);
    const found = await indexed()(
      session('before', startedAt(0)),
      session('main', startedAt(3)),
      session('later', startedAt(5)),
      session('tree', startedAt(3, tree)),
      session('submodule', startedAt(8, path.join(outer, 'lib'))),
      session('outer', startedAt(8, outer)),
      session('nowhere', startedAt(8, repository.root)),
      session('no folder', { startedAt: START + 8 * MINUTE }),
    );
    assert.deepEqual(
      found.map(({ id, startCommit, branch }) => [id, startCommit, branch]),
      [
        ['before', undefined, undefined],
        ['main', first, 'main'],
        ['later', second, 'main'],
        ['tree', side, 'side'],
        ['submodule', second, 'main'],
        ['outer', outside, 'trunk'],
        ['nowhere', undefined, undefined],
        ['no folder', undefined, undefined],
      ],
    );
  });

  it('is what the transcript says where it says it, and unknown where the times are only the file’s', async () => {
    const commit = repository.commit(1);
    const [own, branch, file] = await indexed()(
      session('own', { ...startedAt(2), startCommit: 'abc', branch: 'mine' }),
      session('branch', { ...startedAt(2), branch: 'theirs' }),
      session('file', { ...startedAt(2), timesKnown: 'file' }),
    );
    assert.deepEqual([own?.startCommit, own?.branch], ['abc', 'mine']);
    assert.deepEqual([branch?.startCommit, branch?.branch], [commit, 'theirs']);
    assert.equal(file?.startCommit, undefined);
  });

  it('stays once it is known, whatever becomes of the worktree', async () => {
    repository.commit(1);
    const tree = path.join(repository.root, 'tree');
    repository.git(2, 'worktree', 'add', '-q', '-b', 'side', tree);
    const commit = repository.commit(3, 'b.txt', tree);
    const find = indexed();
    const one = session('one', startedAt(4, tree));
    const [before] = await find(one);
    assert.equal(before?.startCommit, commit);
    repository.git(5, 'worktree', 'remove', '--force', tree);
    assert.equal((await find(one))[0], before, 'the same object, so that nothing is sent again');
    const [grown] = await find({ ...one, prompts: 5 });
    assert.deepEqual([grown?.prompts, grown?.startCommit, grown?.branch], [5, commit, 'side']);
    const [restarted] = await find({ ...one, startedAt: one.startedAt - 1 });
    assert.equal(restarted?.startCommit, undefined);
  });

  it('becomes known when the repository does, and costs nothing while nothing changes', async () => {
    let opened = 0;
    const find = indexed({
      ...diskAccess,
      open: (file) => {
        opened++;
        return diskAccess.open(file);
      },
    });
    const [one, two] = [session('one', startedAt(2)), session('two', startedAt(9))];
    assert.deepEqual(await find(one, two), [one, two]);
    const commit = repository.commit(1);
    const found = await find(one, two);
    assert.deepEqual(
      found.map(({ startCommit }) => startCommit),
      [commit, commit],
    );
    const again = await find(one, two);
    assert.ok(again.every((each, n) => each === found[n]));
    assert.equal(opened, 1);
  });
});
