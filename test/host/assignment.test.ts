import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DrawResult } from '../../src/api';
import { api, newRunning, run, sampleInput } from './support/extension';
import { placeOwn } from './support/transcripts';

const TEXT = 'Answer in two sentences.';

describe('a randomised experiment', () => {
  const session = '55555555-0000-4000-8000-000000000001';
  const late = '55555555-0000-4000-8000-000000000002';
  let home: string;
  let transcript: string;
  let experimentId: string;

  before(async () => {
    await api();
    home = mkdtempSync(path.join(tmpdir(), 'agentx-hooks-'));
    transcript = placeOwn(late, 'A session that has begun', Date.now() - 60 * 60_000);
    const input = { ...sampleInput('Drawn'), randomised: { treatmentText: TEXT, blinded: true } };
    ({ id: experimentId } = await run('newExperiment', input));
    await run('startExperiment', { experimentId });
  });
  after(async () => {
    rmSync(home, { recursive: true });
    rmSync(transcript);
    await run('concludeExperiment', { experimentId });
  });

  it('has hooks that are installed, tested and removed byte for byte', async () => {
    const file = path.join(home, '.claude', 'settings.json');
    const before = '{\r\n  // mine\r\n  "model": "opus",\r\n}\r\n';
    mkdirSync(path.dirname(file));
    writeFileSync(file, before);
    const where = { agents: ['claude-code', 'codex'], scope: 'user', home };
    const installed = await run('installHook', where);
    assert.deepEqual(
      installed.map(({ agent, outcome }) => [agent, outcome]),
      [
        ['claude-code', 'written'],
        ['codex', 'written'],
      ],
    );
    assert.ok(readFileSync(file, 'utf8').includes('SessionStart'));
    const again = await run('installHook', where);
    assert.deepEqual(
      again.map(({ outcome }) => outcome),
      ['unchanged', 'unchanged'],
    );
    const [tested] = await run('testHook', { agents: ['claude-code'] });
    // The hook of this home is not the one of the agent that runs here; the program itself answers.
    assert.equal(tested?.agent, 'claude-code');
    assert.ok(tested.experiments.includes('Drawn'), JSON.stringify(tested));
    await run('removeHook', where);
    assert.equal(readFileSync(file, 'utf8'), before);
    assert.ok(!existsSync(path.join(home, '.codex')), 'what was made for the hook is gone');
  });

  it('leaves damaged settings as they are, and says so', async () => {
    const file = path.join(home, '.gemini', 'settings.json');
    mkdirSync(path.dirname(file));
    writeFileSync(file, '{ "a": ');
    const [result] = await run('installHook', { agents: ['gemini'], scope: 'user', home });
    assert.equal(result?.outcome, 'refused');
    assert.ok(result.message?.includes(file));
    assert.equal(readFileSync(file, 'utf8'), '{ "a": ');
  });

  it('names arguments that are wrong', async () => {
    await assert.rejects(run('installHook', { agents: ['nobody'] }), /claude-code/);
    await assert.rejects(run('installHook', { agents: ['codex'], scope: 'world' }), /workspace/);
    await assert.rejects(run('installHook', { agents: ['codex'], home: 'relative' }), /absolute/);
  });

  let drawn: DrawResult;

  it('draws for a session once for ever, and hides the variant', async () => {
    drawn = await run('drawVariant', { experimentId, sessionId: session, agent: 'cursor' });
    assert.equal(drawn.outcome, 'drawn');
    assert.equal(drawn.variant, undefined, 'hidden');
    assert.ok(drawn.text === undefined || drawn.text === TEXT);
    const again = await run('drawVariant', { experimentId, sessionId: session, agent: 'cursor' });
    assert.deepEqual([again.outcome, again.text], ['unchanged', drawn.text]);
    const tagged = await run('tagControl', { experimentId, sessionId: session });
    assert.deepEqual([tagged.outcome, tagged.existing], ['refused', undefined]);
  });

  it('draws after the first prompt only where that is asked for, and says that it is so', async () => {
    const refused = await run('drawVariant', { experimentId, sessionId: late });
    assert.equal(refused.outcome, 'refused');
    const result = await run('drawVariant', { experimentId, sessionId: late, late: true });
    assert.deepEqual([result.outcome, result.late], ['drawn', true]);
  });

  it('hides variants and effects in every form of its report until somebody unblinds it', async () => {
    const { report } = await api();
    const hidden = await report(experimentId);
    assert.equal(hidden.blinded, true);
    assert.deepEqual([hidden.sample, hidden.effect], [[], undefined]);
    assert.deepEqual(hidden.variants, { control: {}, treatment: {} }, 'absent, not zero');
    assert.equal(hidden.looks, undefined);
    const json = JSON.parse(await run('exportReport', { experimentId, format: 'json' })) as Record<string, unknown>;
    assert.deepEqual(json['variants'], { control: {}, treatment: {} });
    assert.ok(!('looks' in json));
    const markdown = await run('exportReport', { experimentId, format: 'markdown' });
    assert.ok(!/\| (Control|Treatment) \|/.test(markdown), markdown);
    const csv = await run('exportReport', { experimentId, format: 'csv' });
    assert.ok(!/(Control|Treatment),assignment/.test(csv), csv);
    const excluded = await run('retagSession', { experimentId, sessionId: late, variant: 'Excluded', reason: 'mixed' });
    assert.deepEqual([excluded.outcome, excluded.existing], ['tagged', undefined]);
    const [step] = await run('showHistory', { experimentId, sessionId: late });
    assert.deepEqual([step?.from, step?.to], [undefined, 'Excluded']);
    await run('unblind', { experimentId });
    const [told] = await run('showHistory', { experimentId, sessionId: late });
    assert.ok(told?.from === 'Control' || told?.from === 'Treatment', 'open again');
    await assert.rejects(run('unblind', { experimentId }), /Nothing is hidden/);
    const seen = await report(experimentId);
    assert.equal(seen.blinded, undefined);
    assert.ok(seen.verdict.reasons.some((reason) => reason.includes('looked behind the blind')));
    const again = await run('drawVariant', { experimentId, sessionId: session, agent: 'cursor' });
    assert.equal(again.variant, drawn.text === undefined ? 'Control' : 'Treatment');
  });

  it('is no other experiment: what nobody randomises is not drawn', async () => {
    const { id } = await newRunning('Tagged by hand');
    try {
      await assert.rejects(run('drawVariant', { experimentId: id, sessionId: session, agent: 'cursor' }), /randomised/);
    } finally {
      await run('concludeExperiment', { experimentId: id });
    }
  });
});
