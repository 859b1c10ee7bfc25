import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { EditorSessionRecorder, newEditorSessionId } from '../../../src/sessions/editor/editorSession';
import type { EditorSessionOptions } from '../../../src/sessions/editor/editorSession';
import { EditorSessions } from '../../../src/sessions/editor/editorSessions';
import type { IndexedSession } from '../../../src/sessions/model';

const START = Date.UTC(2026, 2, 4, 9, 0, 0);
const MINUTE = 60_000;

describe('the session of an editor window', () => {
  let root: string;
  let folder: string;
  const problems: string[] = [];

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'editor-session-'));
    folder = path.join(root, 'storage', 'editor-sessions');
    problems.length = 0;
  });
  afterEach(() => {
    fs.rmSync(root, { recursive: true, force: true });
  });

  const record = (options: Partial<EditorSessionOptions> = {}): EditorSessionRecorder =>
    new EditorSessionRecorder({
      folder,
      id: 'editor-1',
      workspaceFolder: '/home/ada/shop',
      startedAt: START,
      pid: 4711,
      ...options,
    });
  const scan = (folders: readonly string[], alive: readonly number[] = []): Promise<IndexedSession[]> =>
    new EditorSessions({ folder, rules: { windows: false }, isAlive: (pid) => alive.includes(pid) }).scan(
      folders,
      START,
      (m) => problems.push(m),
    );

  it('exists before anything is written', () => {
    const session = record({ branch: 'main', startCommit: 'abc' }).session();
    assert.equal(fs.existsSync(folder), false);
    assert.deepEqual(session, {
      id: 'editor-1',
      agent: 'editor',
      workspaceFolder: '/home/ada/shop',
      startedAt: START,
      lastActiveAt: START,
      liveBecause: "the window's process 4711 is running",
      branch: 'main',
      startCommit: 'abc',
      prompts: 0,
      toolCalls: 0,
      toolErrors: 0,
      filesTouched: 0,
      activeMinutes: 0,
      wallMinutes: 0,
      models: {},
    });
    assert.match(newEditorSessionId(), /^editor-[0-9a-f-]{36}$/);
  });

  it('writes nothing while nobody did anything', async () => {
    const recorder = record();
    recorder.setGit({ branch: 'main', commit: 'abc' });
    await recorder.flush();
    await recorder.end(START + MINUTE);
    assert.equal(fs.existsSync(folder), false);
  });

  it('counts active time without long gaps, and distinct saved files', () => {
    const recorder = record();
    recorder.activity(START + MINUTE);
    recorder.saved('/home/ada/shop/a.ts', START + 3 * MINUTE);
    recorder.saved('/home/ada/shop/a.ts', START + 20 * MINUTE);
    recorder.saved('/home/ada/shop/b.ts', START + 21 * MINUTE);
    recorder.activity(START + 2 * MINUTE);
    const session = recorder.session();
    assert.equal(session.activeMinutes, 4);
    assert.equal(session.wallMinutes, 21);
    assert.equal(session.filesTouched, 2);
    assert.equal(session.lastActiveAt, START + 21 * MINUTE);
  });

  it('keeps the branch and commit that it began with', () => {
    const recorder = record();
    recorder.setGit({});
    recorder.setGit({ branch: 'main', commit: 'abc' });
    recorder.setGit({ branch: 'topic', commit: 'def' });
    assert.deepEqual([recorder.session().branch, recorder.session().startCommit], ['main', 'abc']);
  });

  it('is read back as it was, live while its process runs', async () => {
    const recorder = record({ branch: 'main' });
    recorder.saved('/home/ada/shop/a.ts', START + MINUTE);
    await recorder.flush();
    assert.deepEqual(await scan(['/home/ada/shop'], [4711]), [recorder.session()]);
    const [gone] = await scan(['/home/ada']);
    assert.equal(gone?.endedAt, START + MINUTE, 'its process is gone: it ended with the last activity');
    assert.equal(gone.liveBecause, undefined);
    assert.deepEqual(await scan(['/home/ada/shop-two', '/other']), []);
    assert.deepEqual(problems, []);
  });

  it('is ended when the window closes, and nothing changes it after that', async () => {
    const recorder = record();
    recorder.activity(START + MINUTE);
    await recorder.end(START + 2 * MINUTE);
    recorder.activity(START + 9 * MINUTE);
    await recorder.end(START + 9 * MINUTE);
    assert.equal(recorder.session().endedAt, START + 2 * MINUTE);
    assert.deepEqual(await scan(['/home/ada/shop'], [4711]), [recorder.session()]);
  });

  it('writes whole files only, leaves no other behind, and only when something changed', async () => {
    const recorder = record();
    recorder.activity(START + 1);
    await Promise.all([recorder.flush(), recorder.flush(), recorder.end(START + 2)]);
    assert.deepEqual(fs.readdirSync(folder), ['editor-1.json']);
    const before = fs.statSync(path.join(folder, 'editor-1.json')).ino;
    await recorder.flush();
    assert.equal(fs.statSync(path.join(folder, 'editor-1.json')).ino, before);
  });

  it('says when it cannot write, and does so later', async () => {
    fs.mkdirSync(path.dirname(folder), { recursive: true });
    fs.writeFileSync(folder, 'in the way');
    const recorder = record();
    recorder.activity(START + 1);
    await assert.rejects(recorder.flush());
    fs.rmSync(folder);
    await recorder.flush();
    assert.equal((await scan(['/home/ada/shop'])).length, 1);
  });

  it('tells of files that are something else and reads the rest', async () => {
    const recorder = record();
    recorder.activity(START + 1);
    await recorder.flush();
    const wrong = ['', '{', '[]', '{"version":2}', '{"version":1,"id":"x"}', '{"version":1,"id":"editor-2","pid":"a"}'];
    wrong.forEach((text, index) => {
      fs.writeFileSync(path.join(folder, `editor-wrong${index}.json`), text);
    });
    fs.mkdirSync(path.join(folder, 'folder.json'));
    fs.writeFileSync(path.join(folder, 'editor-3.json.9.tmp'), '{');
    assert.equal((await scan(['/home/ada/shop'])).length, 1);
    assert.equal(problems.length, wrong.length);
  });
});
