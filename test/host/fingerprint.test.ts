import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Experiment, Report } from '../../src/api';
import { AT_START } from '../../src/domain/binding';
import { MARGIN_MS } from '../../src/domain/instructionLooks';
import { contentDigest, fingerprintOf } from '../../src/instructions/fingerprint';
import { testEnvironment } from './support/environment';
import { api, eventually, run, sampleInput } from './support/extension';
import { placeOwn } from './support/transcripts';

const HOUR = 3_600_000;
const sessionId = (index: number): string => `7f000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

const fingerprint = (text: string): string =>
  fingerprintOf({ 'CLAUDE.md': contentDigest(new TextEncoder().encode(text)) });

describe('variants by instruction files', () => {
  const { workspace } = testEnvironment();
  const file = path.join(workspace, 'CLAUDE.md');
  const committed = readFileSync(file, 'utf8');
  const files: string[] = [];
  const base = sampleInput('Longer CLAUDE.md');

  before(async () => {
    await api();
  });

  after(async () => {
    writeFileSync(file, committed);
    for (const one of files) rmSync(one, { force: true });
    await run('refresh', undefined);
  });

  /** A session that starts as soon after the last change as can be told apart from one before it. */
  function startAfter(index: number): string {
    const at = Math.ceil(statSync(file).ctimeMs) + MARGIN_MS + 100;
    files.push(placeOwn(sessionId(index), `Task ${index}`, at));
    return sessionId(index);
  }

  async function said({ id }: Experiment, session: string): Promise<string | undefined> {
    const { sample, excluded }: Report = await (await api()).report(id);
    return (
      sample.find((row) => row.sessionId === session && row.source === 'binding')?.variant ??
      excluded.find((row) => row.sessionId === session)?.reason
    );
  }

  it('tells sessions before and after a change apart, and keeps it so', async () => {
    writeFileSync(file, 'Be brief.\n');
    const { id, binding } = await run('newExperiment', {
      ...base,
      since: Date.now() - HOUR,
      binding: { kind: 'PromptFingerprint', controlFingerprint: 'head', treatmentFingerprint: 'now' },
    });
    assert.deepEqual(binding, {
      kind: 'PromptFingerprint',
      controlFingerprint: fingerprint(committed),
      treatmentFingerprint: fingerprint('Be brief.\n'),
    });
    const experiment = await run('startExperiment', { experimentId: id });

    const early = sessionId(0);
    files.push(placeOwn(early, 'Before anybody looked', Date.now() - HOUR / 2));
    const treatment = startAfter(1);
    await eventually(
      () => said(experiment, treatment),
      (answer) => answer === 'Treatment',
      'with the change',
    );

    writeFileSync(file, 'Be brief, and be quick.\n');
    const other = startAfter(2);
    await eventually(
      () => said(experiment, other),
      (answer) => answer === 'It started with other instruction files',
      'with another change',
    );

    writeFileSync(file, committed);
    const control = startAfter(3);
    await eventually(
      () => said(experiment, control),
      (answer) => answer === 'Control',
      'without the change',
    );
    assert.equal(await said(experiment, early), 'Unknown: no window saw the instruction files when it started');
    assert.equal(await said(experiment, treatment), 'Treatment');

    await run('concludeExperiment', { experimentId: id });
    const concluded = await (await api()).report(id);
    assert.deepEqual(
      concluded.sample.map((row) => [row.sessionId, row.variant, row.source]),
      [
        [treatment, 'Treatment', 'binding'],
        [control, 'Control', 'binding'],
      ],
    );
    assert.ok(concluded.frozen);
    writeFileSync(file, 'Be brief.\n');
    await run('refresh', undefined);
    assert.deepEqual(await (await api()).report(id), concluded);
  });

  it('lets the start say what Treatment is, once it differs', async () => {
    writeFileSync(file, 'As before.\n');
    const draft = await run('newExperiment', {
      ...base,
      name: 'Yet to be written',
      binding: { kind: 'PromptFingerprint', controlFingerprint: 'now', treatmentFingerprint: AT_START },
    });
    await assert.rejects(run('startExperiment', { experimentId: draft.id }), /Write the change first/);
    writeFileSync(file, 'As it will be.\n');
    const started = await run('startExperiment', { experimentId: draft.id });
    assert.deepEqual(started.binding, {
      kind: 'PromptFingerprint',
      controlFingerprint: fingerprint('As before.\n'),
      treatmentFingerprint: fingerprint('As it will be.\n'),
    });
    await run('concludeExperiment', { experimentId: draft.id });
    await assert.rejects(
      run('newExperiment', {
        ...base,
        binding: { kind: 'PromptFingerprint', controlFingerprint: 'now', treatmentFingerprint: 'now' },
      }),
      /binding\.treatmentFingerprint/,
    );
  });
});
