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

    async function turn(prompt: string, shell: string, endsBadly: boolean): Promise<void> {
      await withModel(agent, async (model) => {
        model.say({ usage, shell, endsBadly }, done);
        await agent.start(prompt, model, id === undefined ? undefined : { resume: id }).ended;
        checkSeen(model, prompt, []);
      });
      calls++;
      id ??= (await eventually(session, (seen) => seen !== undefined, 'a session'))?.id;
    }

    for (const [what, shell, endsBadly, expected] of [
      ['a failure after a test that fails', 'npm test', true, 'failure'],
      ['a success after one that passes', 'touch fixed && npm test', false, 'success'],
      ['still that after a command that tests nothing', 'cat not-there.txt', true, 'success'],
      ['not known after a test whose end is hidden', 'npm test; echo over', false, undefined],
      ['a failure after a build that fails', 'make test', true, 'failure'],
    ] as const) {
      it(`is ${what}`, async () => {
        await turn(`Now: ${shell}`, shell, endsBadly);
        const seen = await eventually(session, (found) => found?.toolCalls === calls, what);
        assert.equal(seen?.outcome, expected);
      });
    }

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
