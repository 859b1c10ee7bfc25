import assert from 'node:assert/strict';
import path from 'node:path';
import type { Session } from '../../src/api';
import { testEnvironment } from '../host/support/environment';
import type { Agent } from './support/agents';
import { killAgents } from './support/agentProcess';
import { AGENT_NAMES } from './support/programs';
import { TITLE } from './support/modelServer';
import type { Answer, Usage } from './support/script';
import { asks, checkSeen, gate, installedAgent, Ledger, Onlooker, sessionsOf, shows, withModel } from './support/story';

/** Counts that no sum of others can be taken for. */
const usage = (place: number): Usage => ({
  input: 1000 + 2 ** place,
  cached: 50_000 + 2 ** place,
  output: 300 + 2 ** place,
  reasoning: 70 + 2 ** place,
});

for (const name of AGENT_NAMES) {
  describe(`a session of the real ${name}`, function () {
    this.timeout(300_000);
    let agent: Agent;
    let ledger: Ledger;
    let id: string;

    const session = async (): Promise<Session | undefined> =>
      (await sessionsOf(agent)).find((candidate) => candidate.id === id);

    before(function () {
      const found = installedAgent(name);
      if (found === undefined) {
        this.skip();
      }
      agent = found;
      ledger = new Ledger(agent);
    });

    afterEach(killAgents);

    it('is there while the agent is still at work, with the tool calls that have failed', async () => {
      const prompt = 'Run the check that fails';
      const missing = path.join(testEnvironment().workspace, 'is-not-there.txt');
      const held = gate();
      const failing: Answer[] = [
        { usage: usage(0), shell: 'echo ran-the-failing-one; exit 3', endsBadly: true },
        { usage: usage(1), readMissing: missing },
      ];
      const last: Answer = { usage: usage(2), text: 'It fails.', after: held.opened };
      ledger.add(prompt, [...failing, last]);
      await withModel(agent, async (model) => {
        model.say(...failing, last);
        const onlooker = await Onlooker.start();
        const process = agent.start(prompt, model);
        await asks(process, model, 3);
        const begun = new Ledger(agent);
        begun.add(prompt, failing);
        const at = Date.now();
        const seen = (): Session | undefined => onlooker.sessions.find((candidate) => candidate.agent === name);
        const first = await shows(seen, begun.numbers, 'the failed calls, while the model thinks');
        console.log(`      the view had it ${Date.now() - at} ms after it was written`);
        onlooker.stop();
        ({ id } = first);
        assert.equal(first.endedAt, undefined, 'it is live');
        held.open();
        await process.ended;
        checkSeen(model, prompt, ['ran-the-failing-one']);
      });
      const whole = await shows(session, ledger.numbers, 'the whole turn');
      assert.equal(whole.workspaceFolder, testEnvironment().workspace);
      // OpenCode asks its model for a title.
      assert.equal(whole.title, name === 'opencode' ? TITLE : prompt);
    });

    it('goes on where it was when it is resumed, in another process, and counts nothing twice', async () => {
      const file = path.join(testEnvironment().workspace, `made-by-${name}.txt`);
      const turns: { prompt: string; answers: Answer[]; marks: string[] }[] = [
        {
          prompt: 'Now do it right',
          answers: [
            { usage: usage(3), shell: 'echo ran-the-good-one' },
            { usage: usage(4), write: { file, text: 'made\n' } },
            { usage: usage(5), text: 'Done.' },
          ],
          marks: ['ran-the-good-one'],
        },
        { prompt: 'Say so once more', answers: [{ usage: { ...usage(6), cached: 0 }, text: 'Done.' }], marks: [] },
      ];
      for (const { prompt, answers, marks } of turns) {
        ledger.add(prompt, answers);
        await withModel(agent, async (model) => {
          model.say(...answers);
          await agent.start(prompt, model, { resume: id }).ended;
          checkSeen(model, prompt, marks);
        });
        await shows(session, ledger.numbers, prompt);
        assert.equal((await sessionsOf(agent)).length, 1, 'it is still one session');
      }
    });

    // The Gemini CLI forks no session.
    const itWhereItForks = name === 'gemini' ? () => undefined : it;
    itWhereItForks('lends its history to a fork, and each counts only its own', async () => {
      const prompt = 'Try it another way';
      const answers: Answer[] = [
        { usage: usage(7), shell: 'echo ran-in-the-fork; exit 1', endsBadly: true },
        { usage: usage(8), text: 'Tried.' },
      ];
      await withModel(agent, async (model) => {
        model.say(...answers);
        await agent.start(prompt, model, { fork: id }).ended;
        checkSeen(model, prompt, ['ran-in-the-fork']);
        const texts = model.turns[0]?.question.userTexts ?? [];
        assert.ok(texts.length > 2, `the fork knows what was said before: ${JSON.stringify(texts)}`);
      });
      const fork = new Ledger(agent);
      fork.add(prompt, answers);
      const other = async (): Promise<Session | undefined> =>
        (await sessionsOf(agent)).find((candidate) => candidate.id !== id);
      await shows(other, fork.numbers, 'the fork');
      await shows(session, ledger.numbers, 'the session that it was forked from');
    });
  });
}
