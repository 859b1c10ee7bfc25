import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ClaudeCodeSessions } from '../../../src/sessions/claude/claudeCode';
import { claudeSlug } from '../../../src/sessions/claude/claudeSlug';
import { Bench, CONFIG, LATER, PROJECT, Recorder, SESSION_A, SESSION_B } from './support/claudeRecords';

const FILE = `${PROJECT}/${SESSION_A}.jsonl`;
/** Bytes before the old end that are compared before reading on, and again remembered. */
const GUARD = 64;

describe('Claude Code reading', () => {
  let bench: Bench;
  let recorder: Recorder;

  beforeEach(() => {
    recorder = new Recorder().prompt('one').answer('m1', [1, 10, 0, 0]).answer('m2', [1, 20, 0, 0]);
    bench = new Bench().put({ [`${SESSION_A}.jsonl`]: recorder });
  });

  it('does not open an unchanged file again', async () => {
    const first = await bench.scan();
    bench.files.forgetCounts();
    assert.deepEqual(await bench.scan(), first);
    assert.deepEqual(bench.files.opened, []);
    assert.equal(bench.files.bytesRead, 0);
  });

  it('reads only what was appended', async () => {
    await bench.scan();
    const more = new Recorder().wait(10).answer('m3', [1, 70, 0, 0]).text;
    bench.files.append(FILE, more);
    bench.files.forgetCounts();
    assert.equal((await bench.only()).tokens?.output, 100);
    assert.equal(bench.files.bytesRead, more.length + 2 * GUARD);
  });

  it('may be asked again while it reads', async () => {
    bench = new Bench().put({
      [`${SESSION_A}.jsonl`]: recorder,
      [`${SESSION_B}.jsonl`]: new Recorder({ sessionId: SESSION_B }).prompt('b').answer('m9', [1, 9, 0, 0]),
    });
    const [first, second] = await Promise.all([bench.scan(), bench.scan()]);
    assert.deepEqual(first, second);
    assert.deepEqual(first.map(({ tokens }) => tokens?.output).sort(), [30, 9]);
    assert.equal(bench.files.opened.length, 2);
  });

  it('leaves a torn last line until it is complete, and tells no problem', async () => {
    const more = new Recorder().wait(10).answer('m3', [1, 70, 0, 0]).text;
    for (const cut of [1, 40, more.length - 2]) {
      bench = new Bench().put({ [`${SESSION_A}.jsonl`]: recorder.text + more.slice(0, cut) });
      assert.equal((await bench.only()).tokens?.output, 30);
      assert.deepEqual(bench.problems, []);
      bench.files.append(FILE, more.slice(cut));
      assert.equal((await bench.only()).tokens?.output, 100);
    }
  });

  it('takes a whole last line without newline, once', async () => {
    bench.files.rewrite(FILE, recorder.text.trimEnd());
    assert.equal((await bench.only()).tokens?.output, 30);
    bench.files.append(FILE, '\n');
    assert.equal((await bench.only()).tokens?.output, 30);
    bench.files.append(FILE, new Recorder().wait(10).answer('m3', [1, 70, 0, 0]).text);
    assert.equal((await bench.only()).tokens?.output, 100);
  });

  it('thinks again where a line that seemed whole goes on', async () => {
    bench.files.rewrite(FILE, recorder.text.trimEnd());
    assert.equal((await bench.only()).tokens?.output, 30);
    bench.files.append(FILE, ' {"broken": true}\n');
    assert.equal((await bench.only()).tokens?.output, 10, 'the line is no JSON any more');
    assert.equal(bench.problems.length, 1);
  });

  for (const how of ['write', 'rewrite'] as const) {
    it(`reads a file anew that was changed (${how})`, async () => {
      await bench.scan();
      bench.files[how](FILE, new Recorder().prompt('other').answer('m7', [1, 7, 0, 0]).text);
      assert.equal((await bench.only()).tokens?.output, 7, 'shorter');
      bench.files[how](FILE, new Recorder().prompt('other').answer('m8', [1, 8, 0, 0]).text);
      assert.equal((await bench.only()).tokens?.output, 8, 'as long');
      bench.files[how](FILE, new Recorder().answer('m9', [1, 9, 0, 0]).prompt('longer '.repeat(100)).text);
      assert.equal((await bench.only()).tokens?.output, 9, 'longer');
    });
  }

  it('notices another file of the same size and time', async () => {
    await bench.scan();
    bench.files.replace(FILE, recorder.text.replace('"output_tokens":20', '"output_tokens":40'));
    assert.equal((await bench.only()).tokens?.output, 50);
  });

  it('forgets a deleted file, and reads it when it comes back', async () => {
    await bench.scan();
    bench.files.remove(FILE);
    assert.deepEqual(await bench.scan(), []);
    assert.deepEqual(bench.problems, []);
    bench.put({ [`${SESSION_A}.jsonl`]: recorder });
    assert.equal((await bench.only()).tokens?.output, 30);
  });

  it('tells what it cannot read and returns the rest', async () => {
    bench.put({
      [`${SESSION_B}.jsonl`]: new Recorder({ sessionId: SESSION_B }).prompt('b').answer('m9', [1, 9, 0, 0]),
    });
    bench.files.failing.set(FILE, 'EACCES');
    assert.deepEqual(
      (await bench.scan()).map((session) => session.id),
      [SESSION_B],
    );
    assert.equal(bench.problems.length, 1);
    assert.match(bench.problems[0] ?? '', /EACCES/);
    bench.files.failing.clear();
    assert.equal((await bench.scan()).length, 2);
  });

  it('tells of an unreadable folder and finds nothing without one', async () => {
    bench.files.failing.set(PROJECT, 'EPERM');
    assert.deepEqual(await bench.scan(), []);
    assert.equal(bench.problems.length, 1);
    assert.deepEqual(await new Bench().scan(), []);
  });

  it('is not caught in a loop of links', async () => {
    bench.put({ [`${SESSION_A}/subagents/agent-1.jsonl`]: new Recorder().answer('m5', [1, 5, 0, 0]) });
    bench.files.links.set(`${PROJECT}/${SESSION_A}/subagents/loop`, `${PROJECT}/${SESSION_A}/subagents`);
    assert.equal((await bench.only()).tokens?.output, 35);
    assert.equal(bench.files.opened.length, 2);
  });

  it('does not take other sessions for sub-agents of one whose folder leads back to them', async () => {
    for (const target of [PROJECT, `${CONFIG}/projects`]) {
      const loop = new Bench().put({
        [`${SESSION_A}.jsonl`]: new Recorder().answer('m1', [1, 5, 0, 0]),
        [`${SESSION_B}.jsonl`]: new Recorder({ sessionId: SESSION_B }).answer('m2', [1, 7, 0, 0]),
      });
      loop.files.links.set(`${PROJECT}/${SESSION_A}/subagents`, target);
      const outputs = (await loop.scan()).map(({ id, tokens }) => [id, tokens?.output]);
      assert.deepEqual(outputs.sort(), [
        [SESSION_A, 5],
        [SESSION_B, 7],
      ]);
    }
  });

  describe('which project', () => {
    const put = (folder: string, cwd: string | undefined): Bench => {
      const other = new Bench();
      other.files.write(
        `/home/ada/.claude/projects/${folder}/${SESSION_A}.jsonl`,
        new Recorder({ cwd }).prompt('x').prompt('y').text,
      );
      return other;
    };
    it('takes folders below the workspace folder', async () => {
      assert.equal((await put('-home-ada-shop-web', '/home/ada/shop/web').scan()).length, 1);
    });
    it('does not take a neighbour whose name begins alike, or folds to the same', async () => {
      assert.equal((await put('-home-ada-shop-web', '/home/ada/shop-web').scan()).length, 0);
      assert.equal((await put('-home-ada-shop', '/home/ada-shop').scan()).length, 0);
      assert.equal((await put('-home-ada', '/home/ada').scan()).length, 0);
    });
    it('reads no more of a stranger’s transcript than it takes to know', async () => {
      const other = put('-home-ada-shop-web', '/home/ada/shop-web');
      await other.scan();
      other.files.append(`/home/ada/.claude/projects/-home-ada-shop-web/${SESSION_A}.jsonl`, 'x\n'.repeat(10));
      other.files.forgetCounts();
      await other.scan();
      assert.equal(other.files.bytesRead, 0);
      assert.equal((await other.scan(LATER, ['/home/ada/shop-web'])).length, 1, 'read once it is wanted');
    });
    it('leaves out the sub-agents of a session that is another project’s', async () => {
      const other = put('-home-ada-shop-web', '/home/ada/shop-web');
      other.files.write(
        `/home/ada/.claude/projects/-home-ada-shop-web/${SESSION_A}/subagents/agent-1.jsonl`,
        new Recorder({ cwd: '/home/ada/shop' }).answer('m1', [1, 1, 0, 0]).text,
      );
      assert.deepEqual(await other.scan(), []);
    });
    it('compares real paths', async () => {
      const other = put('-home-ada-shop', '/mnt/real/shop');
      other.files.links.set('/home/ada/shop', '/mnt/real/shop');
      assert.equal((await other.scan()).length, 1);
    });
    it('takes a session that moved here', async () => {
      const other = new Bench();
      const moved = new Recorder({ cwd: '/elsewhere' })
        .prompt('x')
        .record({ type: 'relocated', relocatedCwd: '/home/ada/shop' });
      other.put({ [`${SESSION_A}.jsonl`]: moved });
      assert.equal((await other.only()).workspaceFolder, '/home/ada/shop');
    });
    it('believes the folder’s name only where no record names a folder', async () => {
      const [session] = await put('-home-ada-shop', undefined).scan();
      assert.equal(session?.workspaceFolder, '/home/ada/shop');
      assert.equal((await put('-home-ada-shop-web', undefined).scan()).length, 0);
    });
    it('compares without case on Windows', async () => {
      const other = new Bench({ rules: { windows: true } });
      other.files.write(
        `/home/ada/.claude/projects/c--Work-Shop/${SESSION_A}.jsonl`,
        new Recorder({ cwd: 'c:\\Work\\Shop\\Web' }).prompt('x').text,
      );
      assert.equal((await other.scan(LATER, ['C:\\work\\shop'])).length, 1);
    });
  });
});

describe('Claude Code reading on disk', () => {
  it('gets over links that lead to themselves, folders named like files and dangling links', async () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'claude-reading-'));
    try {
      const workspace = path.join(fs.realpathSync(root), 'shop');
      const project = path.join(root, 'claude', 'projects', claudeSlug(workspace));
      const subagents = path.join(project, SESSION_A, 'subagents');
      fs.mkdirSync(subagents, { recursive: true });
      fs.mkdirSync(path.join(project, 'folder.jsonl'));
      fs.writeFileSync(path.join(project, `${SESSION_A}.jsonl`), new Recorder({ cwd: workspace }).prompt('one').text);
      fs.writeFileSync(path.join(subagents, 'agent-1.jsonl'), new Recorder().answer('m5', [1, 5, 0, 0]).text);
      if (process.platform !== 'win32') {
        fs.symlinkSync('self.jsonl', path.join(project, 'self.jsonl'));
        fs.symlinkSync('/nowhere', path.join(project, 'dangling.jsonl'));
        fs.symlinkSync(project, path.join(subagents, 'up'));
        fs.symlinkSync('loop', path.join(subagents, 'loop'));
      }
      const source = new ClaudeCodeSessions({
        environment: { home: root, CLAUDE_CONFIG_DIR: path.join(root, 'claude') },
      });
      const problems: string[] = [];
      const [session, ...others] = await source.scan([workspace], LATER, (message) => problems.push(message));
      assert.deepEqual(others, []);
      assert.deepEqual([session?.prompts, session?.tokens?.output], [1, 5]);
      assert.ok(
        problems.every((problem) => problem.includes('ELOOP')),
        problems.join('\n'),
      );
    } finally {
      fs.rmSync(root, { recursive: true, force: true });
    }
  });
});
