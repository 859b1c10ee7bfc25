import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Experiment } from '../../src/api';
import { testEnvironment } from './support/environment';
import { api, captureWarnings, eventually, newRunning, run, sampleInput } from './support/extension';
import { otherSqlite } from './support/sqlite';
import { markRunning, placeOwn, placeTranscript } from './support/transcripts';

const RECORDED = 'claude/marot+spotter/ae4a77f8-aedd-4bc1-888f-c94edc91af04.jsonl';

describe('an experiment from draft to archive', () => {
  const { fixtures, storage } = testEnvironment();
  const database = path.join(storage, 'experiments.db');
  const sessionId = 'ae4a77f8-aedd-4bc1-888f-c94edc91af04';
  let experiment: Experiment;
  let stopRunning: () => void;
  let transcript: string;

  before(async function () {
    if (fixtures === undefined) console.log('  NO RECORDED TRANSCRIPTS: the story runs on a transcript of our own');
    transcript =
      fixtures === undefined
        ? placeOwn(sessionId, 'Fix the flaky test', Date.now())
        : placeTranscript(path.join(fixtures, RECORDED), sessionId);
    stopRunning = markRunning(sessionId);
    await api();
  });

  after(async () => {
    stopRunning();
    rmSync(transcript);
    await run('refresh', undefined);
  });

  it('takes the running Claude Code session as the current one, with its numbers', async () => {
    const { currentSession } = await api();
    const session = await eventually(currentSession, (found) => found?.id === sessionId, 'current session');
    assert.equal(session?.agent, 'claude-code');
    assert.equal(session.endedAt, undefined);
    if (fixtures === undefined) return;
    const expected = JSON.parse(readFileSync(path.join(fixtures, 'expected.json'), 'utf8')) as {
      sessions: Record<
        string,
        { tokens_main_only: Record<string, number>; tool_calls_main_only: number; prompts: number }
      >;
    };
    const row = expected.sessions[RECORDED];
    assert.ok(row);
    // Its sub-agents' files are not placed here.
    assert.deepEqual(session.tokens, {
      input: row.tokens_main_only['input'],
      output: row.tokens_main_only['output'],
      cacheRead: row.tokens_main_only['cache_read'],
      cacheWrite: row.tokens_main_only['cache_write'],
    });
    assert.equal(session.prompts, row.prompts);
    assert.equal(session.toolCalls, row.tool_calls_main_only);
  });

  it('creates a draft and starts it', async () => {
    const draft = await run('newExperiment', sampleInput('Shorter rules'));
    assert.equal(draft.state, 'Draft');
    assert.equal(draft.startedAt, undefined);
    await assert.rejects(run('concludeExperiment', { experimentId: draft.id }), /Shorter rules.*Draft/);
    await assert.rejects(run('archiveExperiment', { experimentId: draft.id }), /Shorter rules.*Draft/);
    experiment = await run('startExperiment', { experimentId: draft.id });
    assert.equal(experiment.state, 'Running');
    assert.equal(experiment.createdAt, draft.createdAt);
    assert.ok(experiment.startedAt !== undefined && experiment.startedAt >= draft.createdAt);
    await assert.rejects(run('startExperiment', { experimentId: draft.id }), /Shorter rules.*Running/);
    await assert.rejects(run('archiveExperiment', { experimentId: draft.id }), /Shorter rules.*Running/);
  });

  it('tags the current session, and tagging it again changes nothing', async () => {
    const first = await run('tagTreatment', {});
    assert.equal(first.outcome, 'tagged', first.message);
    assert.deepEqual([first.experimentId, first.sessionId, first.variant], [experiment.id, sessionId, 'Treatment']);
    const file = readFileSync(database);
    const again = await run('tagTreatment', { experimentId: experiment.id, sessionId });
    assert.deepEqual([again.outcome, again.variant, again.existing], ['unchanged', 'Treatment', 'Treatment']);
    assert.ok(file.equals(readFileSync(database)), 'an unchanged tag writes nothing');
  });

  it('meets another variant as a conflict: nothing changes and the person is told', async () => {
    const file = readFileSync(database);
    const captured = captureWarnings();
    let result;
    try {
      result = await run('tagControl', { experimentId: experiment.id, sessionId });
    } finally {
      captured?.restore();
    }
    assert.deepEqual([result.outcome, result.variant, result.existing], ['conflict', 'Control', 'Treatment']);
    assert.ok(file.equals(readFileSync(database)), 'a conflict writes nothing');
    assert.deepEqual(await (await api()).tags(experiment.id), { [sessionId]: 'Treatment' });
    const title = (await (await api()).currentSession())?.title;
    assert.ok(title !== undefined);
    if (captured !== undefined) assert.equal(captured.warnings.length, 1, 'one warning per attempt');
    for (const text of [result.message, ...(captured?.warnings ?? [])]) {
      for (const part of [title, 'Shorter rules', 'Control', 'Treatment'])
        assert.ok(text.includes(part), `${part}: ${text}`);
    }
  });

  it('changes a tag only with a reason', async () => {
    const without = await run('retagSession', { experimentId: experiment.id, sessionId, variant: 'Control' });
    assert.equal(without.outcome, 'refused');
    const reason = 'the old rules were open';
    const result = await run('retagSession', { experimentId: experiment.id, sessionId, variant: 'Control', reason });
    assert.deepEqual([result.outcome, result.variant, result.existing], ['retagged', 'Control', 'Treatment']);
    assert.deepEqual(await (await api()).tags(experiment.id), { [sessionId]: 'Control' });
  });

  it('keeps both steps in the history', async () => {
    const history = await run('showHistory', { experimentId: experiment.id });
    assert.deepEqual(
      history.map(({ action, from, to, reason, sessionId: session }) => ({ action, from, to, reason, session })),
      [
        { action: 'tag', from: undefined, to: 'Treatment', reason: undefined, session: sessionId },
        { action: 'retag', from: 'Treatment', to: 'Control', reason: 'the old rules were open', session: sessionId },
      ],
    );
    for (const { at, author } of history) {
      assert.ok(at > 0 && author.who !== '' && author.via === 'program' && author.window.startsWith('editor-'));
    }
  });

  it('takes a tag away with a reason, and gives it again', async () => {
    const untagged = await run('untagSession', { experimentId: experiment.id, sessionId, reason: 'a mistake' });
    assert.deepEqual([untagged.outcome, untagged.existing], ['untagged', 'Control']);
    assert.deepEqual(await (await api()).tags(experiment.id), {});
    const again = await run('tagControl', { experimentId: experiment.id, sessionId });
    assert.equal(again.outcome, 'tagged');
  });

  it('reports what was counted, and that it is too little', async () => {
    const report = await (await api()).report(experiment.id);
    assert.equal(report.verdict.kind, 'TooFewSessions');
    assert.equal(report.variants.control.n, 1);
    assert.equal(report.variants.treatment.n, 0);
    const markdown = await run('exportReport', { experimentId: experiment.id, format: 'markdown' });
    assert.match(markdown, /^# Shorter rules$/m);
    assert.match(markdown, /Too few sessions/);
    const json = JSON.parse(await run('exportReport', { experimentId: experiment.id, format: 'json' })) as unknown;
    assert.deepEqual((json as { sample: unknown }).sample, report.sample);
    const csv = await run('exportReport', { experimentId: experiment.id, format: 'csv' });
    assert.ok(csv.split('\r\n')[1]?.startsWith(`${sessionId},Control,tag,`), csv);
    await run('openReport', { experimentId: experiment.id });
  });

  it('refuses every tag once concluded, and every step back', async () => {
    const concluded = await run('concludeExperiment', { experimentId: experiment.id });
    assert.equal(concluded.state, 'Concluded');
    assert.ok(concluded.concludedAt !== undefined);
    for (const result of [
      await run('tagControl', { experimentId: experiment.id, sessionId }),
      await run('tagTreatment', { experimentId: experiment.id, sessionId: 'another' }),
      await run('retagSession', { experimentId: experiment.id, sessionId, variant: 'Treatment', reason: 'r' }),
      await run('untagSession', { experimentId: experiment.id, sessionId, reason: 'r' }),
    ]) {
      assert.equal(result.outcome, 'refused');
      assert.match(result.message, /Concluded/);
    }
    await assert.rejects(run('startExperiment', { experimentId: experiment.id }), /Concluded/);
    await assert.rejects(run('concludeExperiment', { experimentId: experiment.id }), /Concluded/);
    const archived = await run('archiveExperiment', { experimentId: experiment.id });
    assert.deepEqual([archived.state, archived.concludedAt], ['Archived', concluded.concludedAt]);
    for (const command of ['startExperiment', 'concludeExperiment', 'archiveExperiment'] as const) {
      await assert.rejects(run(command, { experimentId: experiment.id }), /Archived/);
    }
  });

  it('leaves a file that another SQLite reads', async function () {
    const integrity = otherSqlite(database, 'PRAGMA integrity_check');
    if (integrity === undefined) {
      console.log('  SKIPPED: sqlite3 is not installed');
      this.skip();
    }
    assert.deepEqual(integrity, [['ok']]);
    // In a large file, the last commits are in the journal until the store was quiet for a while.
    const [row] = await eventually(
      () =>
        otherSqlite(
          database,
          `SELECT id, name, created_at_ms, state, concluded_at_ms, metadata FROM experiments WHERE id = '${experiment.id}'`,
        ) ?? [],
      ([found]) => found?.[3] === 'Archived',
      'the archived experiment is in the file',
    );
    assert.ok(row);
    assert.deepEqual(otherSqlite(database, `SELECT * FROM experiment_tags WHERE experiment_id = '${experiment.id}'`), [
      [experiment.id, sessionId, 'Control'],
    ]);
    const metadata = JSON.parse(String(row[5])) as Record<string, unknown>;
    assert.deepEqual(row.slice(0, 4), [experiment.id, 'Shorter rules', experiment.createdAt, 'Archived']);
    assert.deepEqual(
      [
        metadata['id'],
        metadata['state'],
        metadata['concluded_at_ms'],
        metadata['change_description'],
        metadata['binding'],
      ],
      [
        experiment.id,
        'Archived',
        row[4],
        sampleInput('').changeDescription,
        { ManualTag: { variant_field: 'variant' } },
      ],
    );
  });
});

describe('which session and experiment a tag is for', () => {
  it('asks for what a program leaves open with a refusal, never with a guess', async () => {
    const unknown = await run('tagControl', { experimentId: 'no such', sessionId: 's' });
    assert.equal(unknown.outcome, 'refused');
    assert.match(unknown.message, /no such/);

    const one = await newRunning('One');
    const two = await newRunning('Two');
    // The last one started takes the tags, until another is selected.
    const running = (await (await api()).experiments()).filter(({ state }) => state === 'Running');
    assert.deepEqual(running.map(({ name }) => name).sort(), ['One', 'Two']);
    assert.equal((await run('tagControl', { sessionId: 's1' })).experimentId, two.id);
    await run('selectExperiment', { experimentId: one.id });
    assert.equal((await run('tagControl', { sessionId: 's1' })).experimentId, one.id);
    await run('concludeExperiment', { experimentId: one.id });
    await run('concludeExperiment', { experimentId: two.id });
    const none = await run('tagControl', { sessionId: 's2' });
    assert.equal(none.outcome, 'refused');
  });

  it('does not choose between several live sessions', async () => {
    const now = Date.now();
    const ids = ['11111111-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000002'];
    const files = ids.map((id) => placeOwn(id, `Prompt of ${id}`, now - 60_000));
    const experiment = await newRunning('Live');
    try {
      const { currentSession, sessions } = await api();
      await eventually(sessions, (found) => ids.every((id) => found.some((session) => session.id === id)), 'sessions');
      assert.equal(await currentSession(), undefined);
      const refused = await run('tagTreatment', { experimentId: experiment.id });
      assert.equal(refused.outcome, 'refused');
      for (const id of ids) {
        assert.ok(refused.message.includes(id), refused.message);
      }
      await run('selectSession', { sessionId: '11111111-0000-4000-8000-000000000002' });
      const tagged = await run('tagTreatment', { experimentId: experiment.id });
      assert.deepEqual([tagged.outcome, tagged.sessionId], ['tagged', '11111111-0000-4000-8000-000000000002']);
    } finally {
      for (const file of files) rmSync(file);
      await run('refresh', undefined);
      await run('concludeExperiment', { experimentId: experiment.id });
    }
  });

  it('is the window itself where no agent is at work, and keeps it once it is tagged', async () => {
    const { currentSession, sessions } = await api();
    const session = await eventually(currentSession, (found) => found?.agent === 'editor', 'current session');
    assert.ok(session?.id.startsWith('editor-') === true);
    const { commits } = testEnvironment();
    const known = await eventually(currentSession, (found) => found?.startCommit !== undefined, 'start commit');
    assert.deepEqual([known?.startCommit, known?.branch], [commits.at(-1), 'main']);
    const experiment = await newRunning('Window');
    assert.equal((await run('tagControl', {})).sessionId, session.id);
    assert.ok((await sessions()).some(({ id }) => id === session.id));
    await run('concludeExperiment', { experimentId: experiment.id });
  });
});

describe('the check for false alarms', () => {
  it('splits the sessions of the folder at random, and says what it found', async () => {
    const now = Date.now();
    const id = (i: number): string => `44444444-0000-4000-8000-0000000000${String(i).padStart(2, '0')}`;
    const files = Array.from({ length: 12 }, (_, i) =>
      placeOwn(id(i), `Task ${'of some length '.repeat(i)}`, now - (i + 1) * 60 * 60_000),
    );
    const input = { ...sampleInput('Quiet'), metric: 'FilesPerSession' } as const;
    const { id: experimentId } = await run('newExperiment', input);
    try {
      const { sessions } = await api();
      await eventually(
        sessions,
        (found) => found.filter((session) => session.id.startsWith('44444444')).length === 12,
        's',
      );
      const result = await run('checkFalseAlarms', { experimentId, runs: 50 });
      assert.deepEqual([result.runs, result.unit, result.alpha], [50, 'session', 0.05]);
      assert.ok(result.units >= 12 && result.claims <= 50);
      assert.match(result.message, /50/);
      await assert.rejects(run('checkFalseAlarms', { experimentId, runs: -1 }), /runs/);
    } finally {
      for (const file of files) rmSync(file);
    }
  });
});

describe('arguments that are wrong', () => {
  it('are named', async () => {
    await assert.rejects(run('newExperiment', {}), /name.*metric|metric.*name/s);
    await assert.rejects(run('newExperiment', { ...sampleInput('x'), metric: 'Tokens' }), /metric/);
    await assert.rejects(run('startExperiment', { experimentId: 7 }), /experimentId/);
    await assert.rejects(run('startExperiment', { experimentId: 'nope' }), /nope/);
    await assert.rejects(run('tagControl', 'session'), /argument/);
    await assert.rejects(run('exportReport', { experimentId: 'nope', format: 'json' }), /nope/);
    await assert.rejects(run('selectSession', { sessionId: 'nope' }), /nope/);
  });
});

describe('what a person says of a session', () => {
  it('becomes its outcome, until it is taken back', async () => {
    const { sessions } = await api();
    const id = '33333333-0000-4000-8000-000000000001';
    const file = placeOwn(id, 'Ship it', Date.now() - 60 * 60_000);
    try {
      await eventually(sessions, (found) => found.some((session) => session.id === id), 'session');
      const outcome = async (): Promise<string | undefined> =>
        (await sessions()).find((session) => session.id === id)?.outcome;
      assert.equal(await outcome(), undefined);
      assert.equal(await run('markSucceeded', { sessionId: id }), 'success');
      assert.equal(await outcome(), 'success');
      assert.equal(await run('markFailed', { sessionId: id }), 'failure');
      assert.equal(await outcome(), 'failure');
      await run('clearOutcome', { sessionId: id });
      assert.equal(await outcome(), undefined);
      await run('openTranscript', { sessionId: id });
    } finally {
      rmSync(file);
    }
  });
});
