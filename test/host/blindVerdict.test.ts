import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { Report } from '../../src/api';
import { api, eventually, run, sampleInput } from './support/extension';
import { placeOwn } from './support/transcripts';

const TEXT = 'Answer in one sentence.';
const HOUR = 3_600_000;

describe('a blinded experiment that comes to a verdict', () => {
  const files: string[] = [];
  let experimentId: string;

  before(async () => {
    await api();
    const input = { ...sampleInput('Hidden until it is clear'), randomised: { treatmentText: TEXT, blinded: true } };
    ({ id: experimentId } = await run('newExperiment', input));
    await run('startExperiment', { experimentId });
  });
  after(async () => {
    for (const file of files) rmSync(file, { force: true });
    await run('concludeExperiment', { experimentId });
  });

  /** Sessions are drawn before they begin; whoever gets the text is Treatment, and needs a third of the tokens. */
  async function arrive(from: number, to: number): Promise<void> {
    const began = Date.now() - 48 * HOUR;
    const drawn: { sessionId: string; index: number; treated: boolean }[] = [];
    for (let index = from; index < to; index += 1) {
      const sessionId = `66666666-0000-4000-8000-${String(index).padStart(12, '0')}`;
      const { outcome, variant, text } = await run('drawVariant', { experimentId, sessionId, agent: 'claude-code' });
      assert.deepEqual([outcome, variant], ['drawn', undefined]);
      drawn.push({ sessionId, index, treated: text !== undefined });
    }
    // After all draws: the verdict may come before all transcripts are there, and from then on a draw tells what it drew.
    for (const { sessionId, index, treated } of drawn) {
      const varied = Math.exp(0.4 * Math.sin(index * 12.9898));
      const output = Math.round((treated ? 6_000 : 20_000) * varied);
      files.push(placeOwn(sessionId, `Task ${index}`, began + index * 600_000, { output, cacheRead: 0 }));
    }
    await run('refresh', undefined);
  }

  const report = async (): Promise<Report> => (await api()).report(experimentId);

  it('hides everything as long as it is open', async () => {
    await arrive(0, 6);
    const hidden = await report();
    assert.equal(hidden.blinded, true);
    assert.deepEqual(hidden.variants, { control: {}, treatment: {} });
  });

  it('is opened by the verdict, which is recorded and told', async () => {
    await arrive(6, 60);
    const open = await eventually(report, ({ verdict }) => verdict.kind === 'TargetMet', 'verdict');
    assert.equal(open.blinded, undefined);
    const told = await eventually(
      report,
      ({ verdict }) => verdict.reasons.some((reason) => reason.startsWith('The blind ended')),
      'record of what opened the blind',
    );
    assert.equal(told.verdict.kind, 'TargetMet');
    await eventually(report, ({ sample }) => sample.length === 60, 'whole sample');
    await assert.rejects(run('unblind', { experimentId }), /Nothing is hidden/);
  });
});
