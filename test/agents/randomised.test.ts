import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Experiment, Report, Session } from '../../src/api';
import { blockAt, variantAt } from '../../src/assignment/blocks';
import { readableDraws, type Assignment } from '../../src/domain/assignment';
import { FileStore } from '../../src/store/fileStore';
import { testEnvironment } from '../host/support/environment';
import { api, eventually, run, sampleInput } from '../host/support/extension';
import { killAgents } from './support/agentProcess';
import type { Agent } from './support/agents';
import { ModelServer } from './support/modelServer';
import type { Answer, Usage } from './support/script';
import { addUsage } from './support/script';
import { installedAgent, sessionsOf, tokensOf } from './support/story';

/** What the two experiments tell Treatment sessions; the model heeds the first and not the second. */
const HEEDED = 'Keep every answer short: mark-of-the-heeded-rule.';
const IGNORED = 'Think of the sea before you answer: mark-of-the-ignored-rule.';
/** What Treatment takes of the tokens that Control takes. */
const EFFECT = 0.7;
/** Half the width of the noise: far less than the effect, so that every run of the test comes to the same verdicts. */
const NOISE = 0.1;

interface Run {
  prompt: string;
  heeded: boolean;
  ignored: boolean;
  usage: Usage;
}

/** Noise that is the same in every run of the test. */
const noise = (place: number): number => 1 - NOISE + ((place * 0.618_034) % 1) * 2 * NOISE;

for (const { name, sessions, atOnce } of [
  { name: 'codex', sessions: 40, atOnce: 8 },
  // Several at once in a new folder lose parts of each other's files: that is Gemini CLI 0.61 itself.
  { name: 'gemini', sessions: 8, atOnce: 1 },
] as const) {
  describe(`randomised sessions of the real ${name}`, function () {
    this.timeout(600_000);
    let agent: Agent;
    let heeded: Experiment;
    let ignored: Experiment;
    const runs: Run[] = [];

    before(async function () {
      const found = installedAgent(name);
      if (found === undefined) this.skip();
      agent = found;
      const start = async (title: string, treatmentText: string): Promise<Experiment> => {
        const input = { ...sampleInput(title), alpha: 0.001, randomised: { treatmentText, agents: [name] } };
        const { id } = await run('newExperiment', input);
        return run('startExperiment', { experimentId: id });
      };
      heeded = await start(`Short answers of ${name}`, HEEDED);
      ignored = await start(`The sea of ${name}`, IGNORED);
      await vscode.commands.executeCommand('agentExperiments.installHook', { agents: [name], scope: 'user' });
    });

    afterEach(killAgents);

    const answerFor = (place: number, request: string): Answer => {
      const scale = noise(place) * (request.includes(HEEDED) ? EFFECT : 1);
      const part = (whole: number): number => Math.round(whole * scale);
      return {
        text: 'Done.',
        usage: { input: part(20_000), cached: 3_000, output: part(2_000), reasoning: part(500) },
      };
    };

    const play = async (place: number, earlier?: { resume: string }): Promise<ModelServer> => {
      const model = await new ModelServer(agent.protocol, (request) => answerFor(place, request)).start();
      try {
        await agent.start(`Task ${place} of ${name}`, model, earlier).ended;
      } finally {
        await model.stop();
      }
      assert.deepEqual(model.unexpected, []);
      return model;
    };

    const assignmentsOf = async (experiment: Experiment): Promise<Map<string, Assignment>> => {
      const wasm = path.join(testEnvironment().root, 'dist', 'sql-wasm.wasm');
      const { storage: folder } = testEnvironment();
      const store = new FileStore({ folder, loadWasm: () => readFileSync(wasm), now: Date.now });
      const { assignments } = await store.read();
      store.dispose();
      return readableDraws(assignments.get(experiment.id));
    };

    const byPrompt = async (): Promise<Map<string, Session>> =>
      new Map((await sessionsOf(agent)).map((session) => [session.title ?? '', session]));

    it(`draws each of ${sessions} sessions once, ${atOnce} at a time, and gives Treatment its text`, async () => {
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < sessions) {
          const place = next;
          next += 1;
          const model = await play(place);
          const [first] = model.turns;
          assert.ok(first, 'it asked the model');
          runs.push({
            prompt: `Task ${place} of ${name}`,
            heeded: first.request.includes(HEEDED),
            ignored: first.request.includes(IGNORED),
            usage: model.turns.map(({ answer }) => answer.usage).reduce(addUsage),
          });
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      const named = (all: Map<string, Session>): boolean => runs.every(({ prompt }) => all.has(prompt));
      await eventually(
        async () => [...(await byPrompt()).keys()].sort(),
        (titles) => titles.length >= sessions,
        'every session is in the editor',
      );
      const found = await eventually(byPrompt, named, 'each by its prompt');
      for (const { experiment, told } of [
        { experiment: heeded, told: (ran: Run) => ran.heeded },
        { experiment: ignored, told: (ran: Run) => ran.ignored },
      ]) {
        const assignments = await assignmentsOf(experiment);
        assert.equal(assignments.size, sessions, `one assignment each; of failures: ${programLog()}`);
        for (const ran of runs) {
          const session = found.get(ran.prompt);
          assert.ok(session, ran.prompt);
          const assignment = assignments.get(session.id);
          assert.ok(assignment, `${ran.prompt} was drawn`);
          assert.equal(told(ran), assignment.variant === 'Treatment', `${ran.prompt} of ${experiment.name}`);
          assert.ok(assignment.deliveredAt !== undefined, 'it is known to have reached the agent');
        }
      }
    });

    it('draws balanced blocks, in the order of the seed', async () => {
      for (const experiment of [heeded, ignored]) {
        const drawn = [...(await assignmentsOf(experiment)).values()].sort((a, b) => a.position - b.position);
        const seed = await seedOf(experiment);
        const stratum = { seed, experimentId: experiment.id, agent: name, allocation: 0.5 };
        assert.deepEqual(
          drawn.map(({ variant }) => variant),
          drawn.map((_, position) => variantAt(stratum, position)),
        );
        for (let at = 0; at < drawn.length; at += blockAt(stratum, at).size) {
          const { size } = blockAt(stratum, at);
          const block = drawn.slice(at, at + size);
          const treated = block.filter(({ variant }) => variant === 'Treatment').length;
          if (block.length === size) assert.equal(treated * 2, size);
        }
      }
    });

    it('shows every session with its variant and its exact tokens', async () => {
      const assignments = await assignmentsOf(heeded);
      const complete = (all: Map<string, Session>): boolean =>
        runs.every(({ prompt, usage }) => {
          const tokens = all.get(prompt)?.tokens;
          return JSON.stringify(tokens) === JSON.stringify({ ...tokens, ...tokensOf(agent, usage) });
        });
      const found = await eventually(byPrompt, complete, 'all tokens are those that the model sent');
      const { sample } = await (await api()).report(heeded.id);
      assert.equal(sample.length, sessions);
      for (const { sessionId, variant, source } of sample) {
        assert.equal(source, 'assignment');
        assert.equal(variant, assignments.get(sessionId)?.variant);
        assert.ok([...found.values()].some(({ id }) => id === sessionId));
      }
    });

    const itWithEnough = sessions >= 40 ? it : () => undefined;
    itWithEnough('finds the effect that is there, and none where there is none', async () => {
      const report = async ({ id }: Experiment): Promise<Report> => (await api()).report(id);
      const { verdict, effect } = await report(heeded);
      assert.equal(verdict.kind, 'TargetMet', verdict.sentence);
      assert.ok(effect?.percent !== undefined && Math.abs(effect.percent + 30) < 6, JSON.stringify(effect));
      const nothing = await report(ignored);
      assert.ok(!['TargetMet', 'Better', 'Harmful'].includes(nothing.verdict.kind), nothing.verdict.sentence);
    });

    it('gives a session that is resumed the same variant and text', async () => {
      const before = await assignmentsOf(heeded);
      const found = await byPrompt();
      for (const told of [true, false]) {
        const ran = runs.find((candidate) => candidate.heeded === told);
        const session = ran && found.get(ran.prompt);
        assert.ok(ran && session, 'both variants were drawn');
        const model = await play(1_000 + Number(told), { resume: session.id });
        const request = model.turns[0]?.request ?? '';
        assert.equal(request.includes(HEEDED), told, ran.prompt);
        assert.equal(request.includes(IGNORED), ran.ignored, ran.prompt);
      }
      assert.deepEqual(await assignmentsOf(heeded), before, 'nothing was drawn');
    });
  });
}

/** What the session-start program says of its failures. */
function programLog(): string {
  const file = path.join(testEnvironment().storage, 'session-start.log');
  return existsSync(file) ? readFileSync(file, 'utf8') : 'no word';
}

async function seedOf({ id }: Experiment): Promise<string> {
  const { Engine } = await import('../../src/store/engine');
  const { nodeFiles } = await import('../../src/store/files');
  const { wholeDatabase } = await import('../../src/store/whole');
  const { root, storage } = testEnvironment();
  const engine = await Engine.load(() => readFileSync(path.join(root, 'dist', 'sql-wasm.wasm')));
  const bytes = wholeDatabase(nodeFiles, path.join(storage, 'experiments.db'), engine);
  const db = engine.open(bytes);
  const [row] = db.rows('SELECT seed FROM assignment_seeds WHERE experiment_id = ?', [id]);
  db.close();
  return String(row?.[0]);
}
