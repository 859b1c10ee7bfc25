import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Experiment, Report } from '../../src/api';
import { testEnvironment } from './support/environment';
import { api, eventually, run, sampleInput } from './support/extension';
import { placeOwn, type OwnUse } from './support/transcripts';

const HOUR = 3_600_000;
const id = (group: number, index: number): string =>
  `${group}0000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

/** Values that vary from session to session, the same in every run. */
const varied = (base: number, index: number): number => Math.round(base * Math.exp(0.4 * Math.sin(index * 12.9898)));

async function reportOf({ id: experimentId }: Experiment): Promise<Report> {
  return (await api()).report(experimentId);
}

describe('an experiment from its draft to a report that never changes again', () => {
  const files: string[] = [];
  let experiment: Experiment;
  let index = 0;

  before(async () => {
    await api();
  });

  after(async () => {
    for (const file of files) rmSync(file, { force: true });
    await run('refresh', undefined);
  });

  /** That many sessions of each variant arrive, in turn, and are tagged. */
  async function arrive(count: number, use: Record<'Control' | 'Treatment', (at: number) => OwnUse>): Promise<void> {
    const began = Date.now() - 72 * HOUR;
    const placed: { sessionId: string; variant: 'Control' | 'Treatment' }[] = [];
    for (let i = 0; i < 2 * count; i += 1) {
      const variant = index % 2 === 0 ? 'Control' : 'Treatment';
      const sessionId = id(4, index);
      files.push(placeOwn(sessionId, `Task ${index}`, began + index * 600_000, use[variant](index)));
      placed.push({ sessionId, variant });
      index += 1;
    }
    for (const { sessionId, variant } of placed) {
      const result = await run(`tag${variant}`, { experimentId: experiment.id, sessionId });
      assert.equal(result.outcome, 'tagged', result.message);
    }
  }

  const plain = (base: number) => (at: number) => ({ output: varied(base, at), cacheRead: 4000 });
  const reading = (base: number) => (at: number) => ({ output: varied(base, at), cacheRead: varied(20_000_000, at) });

  it('starts, and freezes what it was planned with', async () => {
    const draft = await run('newExperiment', {
      ...sampleInput('Fewer tokens, not more cost'),
      guardrails: [{ metric: 'CostPerSession', regressionDirection: 'Increase', thresholdPct: 5 }],
    });
    assert.equal((await reportOf(draft)).verdict.kind, 'TooFewSessions');
    experiment = await run('startExperiment', { experimentId: draft.id });
    assert.ok(experiment.alpha !== undefined && experiment.plannedPerVariant !== undefined);
  });

  it('has too few sessions at first', async () => {
    await arrive(4, { Control: plain(20_000), Treatment: plain(20_000) });
    const report = await eventually(
      () => reportOf(experiment),
      ({ variants }) => variants.control.n === 4,
      'sample',
    );
    assert.equal(report.verdict.kind, 'TooFewSessions');
    assert.equal(report.effect, undefined);
  });

  it('keeps running while nothing is clear', async () => {
    await arrive(3, { Control: plain(20_000), Treatment: plain(20_000) });
    const report = await eventually(
      () => reportOf(experiment),
      ({ variants }) => variants.treatment.n === 7,
      'sample',
    );
    assert.equal(report.verdict.kind, 'KeepRunning', report.verdict.reasons.join(' '));
    assert.ok(report.effect);
  });

  it('decides once the interval clears the target', async () => {
    await arrive(40, { Control: plain(20_000), Treatment: plain(7_000) });
    const report = await eventually(
      () => reportOf(experiment),
      ({ variants }) => variants.treatment.n === 47,
      'sample',
    );
    assert.equal(report.verdict.kind, 'TargetMet', report.verdict.reasons.join(' '));
    assert.equal(report.guardrails[0]?.status, 'pass');
    assert.ok((report.effect?.upper ?? 0) < Math.log(0.85));
  });

  it('is harmful once a guardrail is breached, however good the number that decides', async () => {
    await arrive(40, { Control: plain(20_000), Treatment: reading(7_000) });
    const report = await eventually(
      () => reportOf(experiment),
      ({ variants }) => variants.treatment.n === 87,
      'sample',
    );
    assert.equal(report.guardrails[0]?.status, 'breached');
    assert.equal(report.verdict.kind, 'Harmful', report.verdict.sentence);
  });

  it('gives the same report for ever once it is concluded, also without its transcripts', async () => {
    const running = await reportOf(experiment);
    const concluded = await run('concludeExperiment', { experimentId: experiment.id });
    const report = await reportOf(experiment);
    assert.deepEqual([report.frozen, report.computedAt, report.state], [true, concluded.concludedAt, 'Concluded']);
    // Nothing but the moment differs from what was seen last.
    const { computedAt, state, frozen } = report;
    assert.deepEqual(report, { ...running, computedAt, state, frozen });

    for (const file of files.splice(0)) rmSync(file);
    await run('markFailed', { sessionId: id(4, 0) });
    await run('refresh', undefined);
    assert.deepEqual(await reportOf(experiment), report);
    await run('clearOutcome', { sessionId: id(4, 0) });
    await run('archiveExperiment', { experimentId: experiment.id });
    assert.deepEqual(await reportOf(experiment), { ...report, state: 'Archived' });
    const json = await run('exportReport', { experimentId: experiment.id, format: 'json' });
    assert.deepEqual((JSON.parse(json) as Report).effect, report.effect);
  });
});

describe('an experiment that follows commits', () => {
  const { workspace, commits } = testEnvironment();
  const [control = '', treatment = ''] = commits.slice(-2);
  const input = {
    ...sampleInput('Bound to commits'),
    binding: { kind: 'GitCommit' as const, controlCommit: control.slice(0, 10), treatmentCommit: treatment },
  };
  const committedAt = (commit: string): number =>
    1000 * Number(execFileSync('git', ['log', '-1', '--format=%ct', commit], { cwd: workspace, encoding: 'utf8' }));

  it('refuses commits that the repository does not have, and a pair the wrong way round', async () => {
    const missing = 'd'.repeat(40);
    const withCommits = (controlCommit: string, treatmentCommit: string): unknown => ({
      ...input,
      binding: { kind: 'GitCommit', controlCommit, treatmentCommit },
    });
    await assert.rejects(run('newExperiment', withCommits(control, missing)), /treatmentCommit.*dddd/);
    await assert.rejects(run('newExperiment', withCommits('--all', treatment)), /controlCommit.*--all/);
    await assert.rejects(run('newExperiment', withCommits(treatment, control)), /wrong way round/);
  });

  it('concludes only what git was asked about, unless the program takes what is unknown', async () => {
    const files: string[] = [];
    const reopen = (): Thenable<unknown> => vscode.commands.executeCommand('git.openRepository', workspace);
    try {
      const draft = await run('newExperiment', { ...input, since: committedAt(control) - 2 * HOUR });
      await run('startExperiment', { experimentId: draft.id });
      await vscode.commands.executeCommand('git.close', vscode.Uri.file(workspace));
      // The first session of this commit: git was asked about none before.
      const sessionId = id(7, 0);
      files.push(placeOwn(sessionId, 'While git has no repository', committedAt(treatment) + 1000));
      const concluding = (more = {}): Promise<Experiment> =>
        run('concludeExperiment', { experimentId: draft.id, ...more });
      await assert.rejects(concluding(), /\d+ sessions would be left out for good.*acceptUnknown/);
      await reopen();
      assert.equal((await concluding()).state, 'Concluded');
      const { sample } = await reportOf(draft);
      assert.ok(sample.some((row) => row.sessionId === sessionId && row.variant === 'Treatment'));
    } finally {
      await reopen();
      for (const file of files) rmSync(file);
      await run('refresh', undefined);
    }
  });

  it('classifies sessions by their start commit, and a tag comes first', async () => {
    const ids = [1, 2, 3, 4].map((index) => id(5, index));
    const [old = '', first = '', second = '', tagged = ''] = ids;
    const files = [
      placeOwn(old, 'Before there was a commit', committedAt(control) - HOUR),
      placeOwn(first, 'At the control commit', committedAt(control) + 1000),
      placeOwn(second, 'At the treatment commit', committedAt(treatment) + 1000),
      placeOwn(tagged, 'Tagged', committedAt(treatment) + 2000),
    ];
    try {
      const draft = await run('newExperiment', { ...input, since: committedAt(control) - 2 * HOUR });
      assert.deepEqual(draft.binding, { kind: 'GitCommit', controlCommit: control, treatmentCommit: treatment });
      const experiment = await run('startExperiment', { experimentId: draft.id });
      await run('tagControl', { experimentId: draft.id, sessionId: tagged });
      const report = await eventually(
        () => reportOf(experiment),
        ({ sample }) => sample.length >= 3,
        'sample',
      );
      assert.deepEqual(
        report.sample
          .filter(({ sessionId }) => ids.includes(sessionId))
          .map((row) => [row.sessionId, row.variant, row.source]),
        [
          [first, 'Control', 'binding'],
          [second, 'Treatment', 'binding'],
          [tagged, 'Control', 'tag'],
        ],
      );
      assert.match(
        report.excluded.find(({ sessionId }) => sessionId === old)?.reason ?? '',
        /commit that it started from is not known/,
      );
      await run('concludeExperiment', { experimentId: experiment.id });
    } finally {
      for (const file of files) rmSync(file);
      await run('refresh', undefined);
    }
  });
});
