import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import * as vscode from 'vscode';
import { api, eventually, run } from './support/extension';
import { ownTranscript, placeOwn } from './support/transcripts';

const SESSION = '22222222-0000-4000-8000-000000000001';
const TURNS = 6;

/** Appends one of its lines for each that it is sent, and answers with the time. */
const WRITER = `
  const [, file, ...lines] = process.argv;
  process.stdin.on('data', () => {
    require('node:fs').appendFileSync(file, lines.shift() + '\\n');
    console.log(Date.now());
  });
`;

describe('a session that another process is writing', function () {
  this.timeout(60_000);

  let writer: ChildProcess | undefined;
  let file: string | undefined;

  after(async () => {
    writer?.kill();
    if (file !== undefined) rmSync(file);
    await run('refresh', undefined);
  });

  it('is the current one and grows in the view without being asked for', async () => {
    const { currentSession, onDidChange } = await api();
    await vscode.commands.executeCommand('agentExperiments.sessions.focus');
    const startedAt = Date.now() - 60_000;
    file = placeOwn(SESSION, 'Follow me', startedAt);
    await eventually(currentSession, (session) => session?.id === SESSION, 'the current session');

    const seen: number[] = [];
    const listener = onDidChange(() => seen.push(Date.now()));
    const answer = (n: number): string => {
      const [, line = ''] = ownTranscript(SESSION, '', Date.now() - 60_000);
      return line.replaceAll(`${SESSION}-2`, `${SESSION}-n${n}`).replace(`msg_${SESSION}`, `msg_${n}`);
    };
    const lines = Array.from({ length: TURNS }, (_, n) => answer(n));
    writer = spawn(process.execPath, ['-e', WRITER, file, ...lines], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const written: number[] = [];
    writer.stdout?.on('data', (data: Buffer) => written.push(Number(data.toString())));
    // The next line is written when the one before has been seen, so that no change is taken for that of a later line.
    const delays: number[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      writer.stdin?.write('next\n');
      const at = (): number => written[turn] ?? Infinity;
      const shown = await eventually(
        () => seen.find((time) => time >= at()),
        (time) => time !== undefined,
        `a change after line ${turn + 1}`,
      );
      delays.push((shown ?? Infinity) - at());
    }
    listener.dispose();
    console.log(`      shown after ${delays.join(', ')} ms`);
    const grown = await currentSession();
    assert.equal(grown?.id, SESSION);
    assert.equal(grown.tokens?.output, 50 * (TURNS + 1));
  });
});
