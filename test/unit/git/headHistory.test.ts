import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { HeadHistory } from '../../../src/git/headHistory';
import type { GitFileAccess } from '../../../src/git/headHistory';
import type { HeadState } from '../../../src/git/reflog';
import { diskAccess } from '../../../src/sessions/reading/fileAccess';
import { MINUTE, Repository, START } from './repository';

describe('HEAD history: in repositories made by git', function () {
  this.timeout(30_000);

  let repository: Repository;

  beforeEach(() => {
    repository = new Repository();
  });

  afterEach(() => {
    repository.remove();
  });

  const at = (minute: number, folder = repository.folder): Promise<HeadState> =>
    new HeadHistory(diskAccess).at(folder, START + minute * MINUTE);

  it('commits on one branch', async () => {
    const first = repository.commit(1);
    const second = repository.commit(3);
    assert.deepEqual(await at(0.9), {});
    assert.deepEqual(await at(1), { commit: first, branch: 'main' });
    assert.deepEqual(await at(2.99), { commit: first, branch: 'main' });
    assert.deepEqual(await at(3), { commit: second, branch: 'main' });
    assert.deepEqual(await at(1_000_000), { commit: second, branch: 'main' });
  });

  it('from a folder below, and not from one that is gone', async () => {
    const commit = repository.commit(1);
    const below = path.join(repository.folder, 'src', 'deep');
    assert.deepEqual(await at(2, below), {});
    fs.mkdirSync(below, { recursive: true });
    assert.deepEqual(await at(2, below), { commit, branch: 'main' });
  });

  it('checkouts, new branches and a detached HEAD', async () => {
    const first = repository.commit(1);
    repository.git(2, 'checkout', '-q', '-b', 'feature/cart');
    const second = repository.commit(3);
    repository.git(4, 'switch', '-q', 'main');
    repository.git(5, 'tag', 'v1', second);
    repository.git(6, 'checkout', '-q', 'v1');
    repository.git(7, 'checkout', '-q', first);
    repository.git(8, 'checkout', '-q', 'feature/cart');
    assert.deepEqual(await at(1), { commit: first, branch: 'main' });
    assert.deepEqual(await at(2), { commit: first, branch: 'feature/cart' });
    assert.deepEqual(await at(3), { commit: second, branch: 'feature/cart' });
    assert.deepEqual(await at(5), { commit: first, branch: 'main' });
    assert.deepEqual(await at(6), { commit: second }, 'a tag is no branch');
    assert.deepEqual(await at(7), { commit: first });
    assert.deepEqual(await at(9), { commit: second, branch: 'feature/cart' });
  });

  it('a HEAD that stayed detached', async () => {
    const first = repository.commit(1);
    repository.git(2, 'checkout', '-q', '--detach');
    const second = repository.commit(3);
    assert.deepEqual(await at(1), { commit: first, branch: 'main' });
    assert.deepEqual(await at(2), { commit: first });
    assert.deepEqual(await at(4), { commit: second });
  });

  it('reset, amend and a merge', async () => {
    const first = repository.commit(1);
    const second = repository.commit(2);
    repository.git(3, 'reset', '-q', '--hard', 'HEAD~1');
    repository.git(4, 'checkout', '-q', '-b', 'other');
    repository.commit(5, 'b.txt');
    repository.git(6, 'checkout', '-q', 'main');
    repository.git(7, 'merge', '-q', '--no-ff', '-m', 'merge', 'other');
    const merged = repository.git(7, 'rev-parse', 'HEAD');
    repository.git(8, 'commit', '-q', '--amend', '-m', 'amended');
    const amended = repository.git(8, 'rev-parse', 'HEAD');
    assert.deepEqual(await at(2), { commit: second, branch: 'main' });
    assert.deepEqual(await at(3), { commit: first, branch: 'main' });
    assert.deepEqual(await at(7), { commit: merged, branch: 'main' });
    assert.deepEqual(await at(8), { commit: amended, branch: 'main' });
  });

  it('rebase: the branch before and after it, none while it runs', async () => {
    repository.commit(1);
    repository.git(2, 'checkout', '-q', '-b', 'feature');
    const before = repository.commit(3, 'b.txt');
    repository.git(4, 'checkout', '-q', 'main');
    const main = repository.commit(5, 'a.txt');
    repository.git(6, 'checkout', '-q', 'feature');
    repository.git(8, 'rebase', '-q', 'main');
    const after = repository.git(8, 'rev-parse', 'HEAD');
    assert.notEqual(before, after);
    assert.deepEqual(await at(5), { commit: main, branch: 'main' });
    assert.deepEqual(await at(7), { commit: before, branch: 'feature' });
    assert.deepEqual(await at(9), { commit: after, branch: 'feature' });
  });

  it('a rebase that stopped half-way', async () => {
    repository.commit(1);
    repository.git(2, 'checkout', '-q', '-b', 'feature');
    repository.commit(3);
    repository.git(4, 'checkout', '-q', 'main');
    const main = repository.commit(5);
    repository.git(6, 'checkout', '-q', 'feature');
    assert.throws(() => repository.git(7, 'rebase', '-q', 'main'));
    assert.deepEqual(await at(8), { commit: main });
    repository.git(9, 'rebase', '--abort');
    assert.equal((await at(10)).branch, 'feature');
    assert.equal((await at(6)).branch, 'feature');
  });

  it('a rebase of another branch than HEAD was on', async () => {
    const first = repository.commit(1);
    repository.git(2, 'branch', 'feature');
    const second = repository.commit(3);
    repository.git(4, 'rebase', '-q', 'main', 'feature');
    for (const minute of [1, 3]) {
      const state = await at(minute);
      assert.equal(state.commit, minute === 1 ? first : second);
      assert.ok(state.branch === undefined || state.branch === 'main');
    }
  });

  it('a renamed branch', async () => {
    const commit = repository.commit(1);
    repository.git(2, 'branch', '-m', 'main', 'trunk');
    assert.deepEqual(await at(1), { commit, branch: 'main' });
    assert.deepEqual(await at(3), { commit, branch: 'trunk' });
  });

  it('an orphan branch, which no entry names', async () => {
    const first = repository.commit(1);
    repository.git(2, 'checkout', '-q', '--orphan', 'pages');
    const page = repository.commit(4);
    repository.git(5, 'checkout', '-q', 'main');
    assert.deepEqual(await at(1), {}, 'HEAD may have left it at any time');
    assert.deepEqual(await at(4), { commit: page, branch: 'pages' });
    assert.deepEqual(await at(5), { commit: first, branch: 'main' });
  });

  it('worktrees, each with a log of its own', async () => {
    const first = repository.commit(1);
    const tree = path.join(repository.root, 'tree');
    repository.git(2, 'worktree', 'add', '-q', '-b', 'side', tree);
    const side = repository.commit(3, 'b.txt', tree);
    const main = repository.commit(4);
    assert.deepEqual(await at(3, tree), { commit: side, branch: 'side' });
    assert.deepEqual(await at(5, tree), { commit: side, branch: 'side' });
    assert.deepEqual(await at(3), { commit: first, branch: 'main' });
    assert.deepEqual(await at(5), { commit: main, branch: 'main' });
    assert.equal((await at(1, tree)).commit, undefined, 'before it was there');
  });

  it('a worktree inside the repository that is gone is not the repository', async () => {
    const commit = repository.commit(1);
    const tree = path.join(repository.folder, '.worktrees', 'side');
    repository.git(2, 'worktree', 'add', '-q', '-b', 'side', tree);
    assert.deepEqual(await at(3, tree), { commit, branch: 'side' });
    repository.git(4, 'worktree', 'remove', tree);
    assert.deepEqual(await at(3, tree), {});
  });

  it('submodules', async () => {
    const inner = repository.commit(1);
    const outer = path.join(repository.root, 'outer');
    fs.mkdirSync(outer);
    repository.gitIn(outer, 2, 'init', '-q', '-b', 'trunk');
    repository.gitIn(outer, 3, 'submodule', '--quiet', 'add', repository.folder, 'lib');
    const commit = repository.commit(4, 'c.txt', outer);
    assert.deepEqual(await at(5, path.join(outer, 'lib')), { commit: inner, branch: 'main' });
    assert.deepEqual(await at(5, outer), { commit, branch: 'trunk' });
  });

  it('a shallow clone knows nothing from before it was made', async () => {
    repository.commit(1);
    const second = repository.commit(2);
    const clone = path.join(repository.root, 'clone');
    repository.git(5, 'clone', '-q', '--depth', '1', `file://${repository.folder}`, clone);
    assert.deepEqual(await at(4, clone), {});
    assert.deepEqual(await at(6, clone), { commit: second, branch: 'main' });
  });

  it('a log from which entries expired', async () => {
    const first = repository.commit(1);
    repository.commit(2);
    const third = repository.commit(3);
    const log = path.join(repository.folder, '.git', 'logs', 'HEAD');
    repository.git(4, 'reflog', 'delete', 'HEAD@{1}');
    assert.equal(fs.readFileSync(log, 'utf8').split('\n').length, 3);
    assert.deepEqual(await at(1), {}, `${first} may have been left at any time`);
    assert.deepEqual(await at(3), { commit: third, branch: 'main' });
    repository.git(5, 'reflog', 'expire', '--expire=all', '--all');
    assert.deepEqual(await at(6), {});
    fs.rmSync(log);
    assert.deepEqual(await at(6), {});
  });

  it('no commit yet, no repository, a bare one', async () => {
    assert.deepEqual(await at(1), {});
    assert.deepEqual(await at(1, repository.root), {});
    repository.commit(1);
    const bare = path.join(repository.folder, 'bare.git');
    repository.git(2, 'clone', '-q', '--bare', '.', bare);
    assert.deepEqual(await at(3, bare), {});
    assert.deepEqual(await at(3, path.join(bare, 'refs')), {});
  });

  it('a log that grows is read again, one that did not is not', async () => {
    const first = repository.commit(1);
    let opened = 0;
    const counting: GitFileAccess = {
      ...diskAccess,
      open: (file) => {
        opened++;
        return diskAccess.open(file);
      },
    };
    const history = new HeadHistory(counting);
    const now = START + 60 * MINUTE;
    assert.equal((await history.at(repository.folder, now)).commit, first);
    assert.equal((await history.at(repository.folder, now)).commit, first);
    assert.equal(opened, 1);
    const second = repository.commit(2);
    assert.equal((await history.at(repository.folder, now)).commit, second);
    assert.equal(opened, 2);
  });

  it('reads only the end of a very long log', async () => {
    const commit = repository.commit(1);
    const log = path.join(repository.folder, '.git', 'logs', 'HEAD');
    const old = 'a'.repeat(40);
    const early = `${old} ${old} Ada <a@b.c> ${START / 1000 - 3600} +0000\tcommit: ${'x'.repeat(200)}\n`;
    const last = fs.readFileSync(log, 'utf8').replace('0'.repeat(40), old);
    fs.writeFileSync(log, early.repeat(30_000) + last);
    assert.equal((await at(2)).commit, commit);
    fs.writeFileSync(log, `${early.repeat(3)}${last.trimEnd()}`);
    assert.deepEqual((await at(2)).commit, old, 'a torn last line is no entry yet');
  });

  it('follows a .git file nowhere that it must not', async () => {
    for (const content of [
      '',
      'gitdir:',
      'gitdir: ',
      'hello',
      'gitdir: //server/share/x',
      'gitdir: /dev/null',
      'gitdir: .',
    ]) {
      const folder = fs.mkdtempSync(path.join(repository.root, 'hostile-'));
      fs.writeFileSync(path.join(folder, '.git'), content);
      const asked: string[] = [];
      const watching: GitFileAccess = {
        ...diskAccess,
        stat: (file) => {
          asked.push(file);
          return diskAccess.stat(file);
        },
      };
      assert.deepEqual(await new HeadHistory(watching).at(folder, START + MINUTE), {}, content);
      assert.equal(
        asked.some((file) => file.startsWith('//')),
        false,
      );
    }
  });
});
