import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Session } from '../../src/api';
import { testEnvironment } from '../host/support/environment';
import { eventually } from '../host/support/extension';
import { killAgents } from './support/agentProcess';
import type { Agent } from './support/agents';
import { AGENT_NAMES } from './support/programs';
import type { Answer } from './support/script';
import { asks, checkSeen, gate, installedAgent, sessionsOf, withModel } from './support/story';

const usage = { input: 10, cached: 0, output: 1, reasoning: 0 };
const done: Answer = { usage, text: 'Done.' };
const inWorkspace = (name: string): string => path.join(testEnvironment().workspace, name);

/** Commands of one session, and its outcome after each. */
const STEPS = [
  { shell: 'npm test', endsBadly: true, outcome: 'failure' },
  { shell: 'touch fixed && npm test', endsBadly: false, outcome: 'success' },
  // It tests nothing.
  { shell: 'cat not-there.txt', endsBadly: true, outcome: 'success' },
  // Nothing tells how the test ended.
  { shell: 'npm test; echo over', endsBadly: false, outcome: undefined },
  { shell: 'make test', endsBadly: true, outcome: 'failure' },
] as const;

/** A project whose tests pass once there is a file `fixed`, and whose slow test ends once there is a file `enough`. */
function writeProject(): void {
  for (const left of ['fixed', 'enough']) {
    rmSync(inWorkspace(left), { force: true });
  }
  const scripts = { test: 'node judge.js', 'test:slow': 'node slow.js' };
  writeFileSync(inWorkspace('package.json'), JSON.stringify({ private: true, scripts }));
  writeFileSync(inWorkspace('judge.js'), "process.exit(require('node:fs').existsSync('fixed') ? 0 : 1);\n");
  writeFileSync(
    inWorkspace('slow.js'),
    "const wait = setInterval(() => { if (require('node:fs').existsSync('enough')) { clearInterval(wait); process.exit(1); } }, 20);\n",
  );
}

for (const name of AGENT_NAMES) {
  describe(`the outcome of a session of the real ${name}`, function () {
    this.timeout(300_000);
    let agent: Agent;
    let id: string | undefined;
    let calls = 0;

    before(function () {
      const found = installedAgent(name);
      if (found === undefined) {
        this.skip();
      }
      agent = found;
      writeProject();
    });

    afterEach(killAgents);

    const session = async (): Promise<Session | undefined> => {
      const sessions = await sessionsOf(agent);
      return id === undefined ? sessions[0] : sessions.find((candidate) => candidate.id === id);
    };

    it('is that of the last test or build, as soon as it has ended', async () => {
      const prompt = 'Make the tests pass';
      const steps = STEPS.map((step) => ({ ...step, looked: gate() }));
      await withModel(agent, async (model) => {
        const answers = steps.map(({ shell, endsBadly }): Answer => ({ usage, shell, endsBadly }));
        const [first, ...later] = [...answers, done];
        assert.ok(first);
        // The model goes on when the test has looked.
        model.say(
          first,
          ...later.map((answer, i) => ({ ...answer, after: steps[i]?.looked.opened ?? Promise.resolve() })),
        );
        const process = agent.start(prompt, model);
        for (const [i, { shell, outcome, looked }] of steps.entries()) {
          await asks(process, model, i + 2);
          calls++;
          const seen = await eventually(session, (found) => found?.toolCalls === calls, shell);
          assert.equal(seen?.outcome, outcome, shell);
          id = seen?.id;
          looked.open();
        }
        await process.ended;
        checkSeen(model, prompt, []);
      });
    });

    const itWhereCommandsGoOn = name === 'codex' ? it : () => undefined;
    itWhereCommandsGoOn('is not known as long as a test runs, and then what came of it', async () => {
      const prompt = 'Run the slow test';
      const held = gate();
      await withModel(agent, async (model) => {
        const test: Answer = { usage, shell: 'npm run test:slow', goesOn: true };
        model.say(test, { usage, waitForCommand: true, after: held.opened }, done);
        assert.ok(id);
        const process = agent.start(prompt, model, { resume: id });
        await asks(process, model, 2);
        calls++;
        const running = await eventually(session, (found) => found?.toolCalls === calls, 'the call that goes on');
        assert.equal(running?.outcome, undefined);
        assert.equal(existsSync(inWorkspace('enough')), false);
        writeFileSync(inWorkspace('enough'), '');
        held.open();
        await process.ended;
        checkSeen(model, prompt, []);
      });
      calls++;
      const seen = await eventually(session, (found) => found?.toolCalls === calls, 'the call that waited');
      assert.equal(seen?.outcome, 'failure');
    });
  });
}
