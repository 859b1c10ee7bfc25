import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CursorSessions } from '../../../src/sessions/cursor/cursor';
import type { CursorOptions } from '../../../src/sessions/cursor/cursor';
import { cursorSlug } from '../../../src/sessions/cursor/cursorSlug';
import type { IndexedSession } from '../../../src/sessions/model';
import { MemoryFiles } from './support/memoryFiles';

const FOLDER = '/home/ada/my.shop';
const PROJECT = '/home/ada/.cursor/projects/home-ada-my-shop/agent-transcripts';
const NOW = Date.UTC(2026, 2, 4);

type Fields = Record<string, unknown>;

const user = (text: string): Fields => ({ role: 'user', message: { content: [{ type: 'text', text }] } });
const call = (name: string, input: Fields): Fields => ({
  role: 'assistant',
  message: { content: [{ type: 'tool_use', name, input }] },
});
const lines = (...records: unknown[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

class Bench {
  readonly files = new MemoryFiles();
  readonly problems: string[] = [];
  readonly source: CursorSessions;

  constructor(options: Partial<CursorOptions> = {}) {
    this.source = new CursorSessions({
      environment: { home: '/home/ada' },
      access: this.files,
      rules: { windows: false },
      ...options,
    });
  }

  scan(now = NOW, folders: readonly string[] = [FOLDER]): Promise<IndexedSession[]> {
    this.problems.length = 0;
    return this.source.scan(folders, now, (message) => this.problems.push(message));
  }
}

async function read(...records: unknown[]): Promise<IndexedSession> {
  const bench = new Bench();
  bench.files.write(`${PROJECT}/one/one.jsonl`, lines(...records));
  const [session] = await bench.scan();
  assert.ok(session);
  return session;
}

describe('Cursor: what a transcript tells', () => {
  it('prompts and tool calls; tokens, times and results are not known', async () => {
    const session = await read(
      user('<user_query>\nAdd a cart\n</user_query>'),
      call('Read', { path: 'a.ts' }),
      call('Write', { path: 'a.ts', contents: 'x' }),
      call('StrReplace', { path: 'a.ts' }),
      call('Delete', { path: 'b.ts' }),
      user('and a test'),
      call('Shell', { command: 'npm test' }),
      call('Shell', { command: 'npm test' }),
    );
    assert.equal(session.title, 'Add a cart');
    assert.deepEqual([session.prompts, session.toolCalls, session.filesTouched, session.toolLoops], [2, 6, 2, 1]);
    assert.deepEqual([session.tokens, session.tokensKnown, session.timesKnown], [undefined, 'none', 'file']);
    assert.equal(session.outcome, undefined, 'nothing tells how the test ended');
    assert.deepEqual(session.models, {});
  });

  it('turns that ended with an error', async () => {
    const session = await read(
      user('a'),
      { type: 'turn_ended', status: 'error', error: 'x' },
      { type: 'turn_ended', status: 'success' },
    );
    assert.equal(session.apiErrors, 1);
  });

  it('text as plain content, and nothing from an empty message', async () => {
    const session = await read(
      { role: 'user', message: { content: 'hello' } },
      { role: 'user', message: {} },
      { role: 'user' },
    );
    assert.equal(session.prompts, 1);
  });

  it('nothing of a file without prompts and calls', async () => {
    const bench = new Bench();
    bench.files.write(`${PROJECT}/one/one.jsonl`, lines({ type: 'turn_ended' }));
    assert.deepEqual(await bench.scan(), []);
  });
});

describe('Cursor: places and life', () => {
  it('names project folders by runs of other characters', () => {
    assert.equal(cursorSlug('/Users/ada/my shop_2/(x)'), 'Users-ada-my-shop-2-x');
    assert.equal(cursorSlug('C:\\Users\\ada\\shop'), 'C-Users-ada-shop');
  });

  it('finds both layouts in the workspace’s own project, by its real path too', async () => {
    const bench = new Bench();
    bench.files.write(`${PROJECT}/one/one.jsonl`, lines(user('a')));
    bench.files.write(`${PROJECT}/two.jsonl`, lines(user('b')));
    bench.files.write('/home/ada/.cursor/projects/home-ada-other/agent-transcripts/three.jsonl', lines(user('c')));
    bench.files.write(`${PROJECT}/one/subagents/four.jsonl`, lines(user('d')));
    bench.files.links.set('/link', FOLDER);
    assert.deepEqual((await bench.scan()).map(({ id }) => id).sort(), ['one', 'two']);
    assert.equal((await bench.scan(NOW, ['/link'])).length, 2);
    assert.equal((await bench.scan(NOW, ['/home/ada'])).length, 0);
  });

  it('in another folder where a setting names one; without case on Windows', async () => {
    const bench = new Bench({ folder: '~/c', rules: { windows: true } });
    bench.files.write('/home/ada/c/projects/Home-Ada-My-Shop/agent-transcripts/one.jsonl', lines(user('a')));
    assert.equal((await bench.scan()).length, 1);
    assert.deepEqual(bench.source.watchFolders(), ['/home/ada/c/projects']);
  });

  it('is live while the file is young', async () => {
    const bench = new Bench();
    bench.files.write(`${PROJECT}/one.jsonl`, lines(user('a')));
    const [session] = await bench.scan(60_000);
    assert.ok(session?.liveBecause);
    assert.equal((await bench.scan())[0]?.liveBecause, undefined);
  });

  it('reads on what was appended, and tells what it cannot read', async () => {
    const bench = new Bench();
    bench.files.write(`${PROJECT}/one.jsonl`, `${lines(user('a'))}nonsense\n`);
    bench.files.write(`${PROJECT}/two.jsonl`, lines(user('b')));
    bench.files.failing.set(`${PROJECT}/two.jsonl`, 'EACCES');
    assert.equal((await bench.scan())[0]?.prompts, 1);
    assert.equal(bench.problems.length, 2);
    bench.files.append(`${PROJECT}/one.jsonl`, lines(user('b')));
    assert.equal((await bench.scan())[0]?.prompts, 2);
  });
});

describe('Cursor: any input', () => {
  it('never throws', async () => {
    const record = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.record({
        role: fc.constantFrom('user', 'assistant'),
        message: fc.record({ content: fc.jsonValue({ maxDepth: 3 }) }),
      }),
      fc.constant(user('x')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(record), async (records) => {
        const bench = new Bench();
        bench.files.write(`${PROJECT}/one.jsonl`, lines(...records));
        for (const session of await bench.scan()) {
          assert.equal(session.tokens, undefined);
          assert.ok(session.prompts + session.toolCalls > 0);
        }
      }),
    );
  });
});
