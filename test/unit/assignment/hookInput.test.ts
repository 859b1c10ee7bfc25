import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hookOutput, readHookInput, TEST_SOURCE } from '../../../src/assignment/hookInput';

const begins = { sessionId: 's1', folder: '/home/ada/shop', occasion: 'begins' };

describe('what agents say at the start of a session', () => {
  it('is read in the shape of Claude Code, Codex and Gemini CLI', () => {
    const input = {
      session_id: 's1',
      transcript_path: '/t/s1.jsonl',
      cwd: '/home/ada/shop',
      hook_event_name: 'SessionStart',
      source: 'startup',
    };
    for (const [agent, more] of [
      ['claude-code', { model: 'opus' }],
      ['codex', { model: 'gpt', permission_mode: 'default' }],
      ['gemini', { timestamp: '2026-01-05T09:00:00Z' }],
    ] as const) {
      assert.deepEqual(readHookInput(JSON.stringify({ ...input, ...more }), agent), {
        ...begins,
        agent,
        transcript: '/t/s1.jsonl',
      });
    }
  });

  it("is read in the shape of VS Code's agent, also where Claude Code's settings named the program", () => {
    const input = {
      sessionId: 's1',
      hookEventName: 'SessionStart',
      timestamp: '2026-01-05T09:00:00Z',
      cwd: '/home/ada/shop',
      transcript_path: '/t/s1.jsonl',
      source: 'new',
    };
    for (const registered of ['copilot-chat', 'claude-code']) {
      assert.deepEqual(readHookInput(JSON.stringify(input), registered), {
        ...begins,
        agent: 'copilot-chat',
        transcript: '/t/s1.jsonl',
      });
    }
  });

  it('tells a session that begins from one that goes on', () => {
    const occasion = (source?: unknown): string | undefined =>
      readHookInput(JSON.stringify({ session_id: 's', cwd: '/w', source }), 'codex')?.occasion;
    assert.deepEqual(['startup', 'new', 'clear', undefined].map(occasion), Array(4).fill('begins'));
    assert.deepEqual(['resume', 'compact', 'fork', 7, 'constructor'].map(occasion), Array(5).fill('again'));
    assert.equal(occasion(TEST_SOURCE), 'test');
  });

  it('is not guessed where it does not say which session starts where', () => {
    for (const input of [
      '',
      'null',
      '[]',
      '{"session_id":"s1"}',
      '{"cwd":"/w"}',
      '{"session_id":"","cwd":"/w"}',
      '{"session_id":7,"cwd":"/w"}',
      '{"session_id":"s1","cwd":"w"}',
      '{"session_id":"s\\u0000","cwd":"/w"}',
      '{"session_id":"s1","cwd":"/w\\n"}',
      `{"session_id":"${'s'.repeat(300)}","cwd":"/w"}`,
      '{"session_id":"s1","cwd":"/w","hook_event_name":"Stop"}',
    ]) {
      assert.equal(readHookInput(input, 'codex'), undefined, input);
    }
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.string(), (text, agent) => {
        readHookInput(text, agent);
      }),
    );
    fc.assert(
      fc.property(fc.record({ session_id: fc.anything(), cwd: fc.anything(), source: fc.anything() }), (input) => {
        let text: string;
        try {
          text = JSON.stringify(input);
        } catch {
          return;
        }
        const read = readHookInput(text, 'codex');
        if (read) assert.ok(read.sessionId !== '' && read.folder.startsWith('/'));
      }),
    );
  });

  it('is answered with the texts of all experiments', () => {
    assert.deepEqual(JSON.parse(hookOutput(['Be brief.', 'Use "tabs".\n'])), {
      hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext: 'Be brief.\n\nUse "tabs".\n' },
    });
  });
});
