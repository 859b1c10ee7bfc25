import assert from 'node:assert/strict';
import type { Session } from '../../src/api';
import { api, eventually, newRunning, run } from '../host/support/extension';
import { killAgents, type AgentProcess } from './support/agentProcess';
import type { Agent } from './support/agents';
import { ModelServer } from './support/modelServer';
import { asks, gate, installedAgent, sessionsOf } from './support/story';

/** The models take their time, so that each process of the agent lives for as long as the test wants it to. */
describe('the current session, while the real codex is at work', function () {
  this.timeout(300_000);
  const usage = { input: 10, cached: 0, output: 1, reasoning: 0 };
  const models: ModelServer[] = [];
  const processes: AgentProcess[] = [];
  const [second, third, other] = [gate(), gate(), gate()];
  let agent: Agent;
  let id: string;

  before(function () {
    const found = installedAgent('codex');
    if (found === undefined) {
      this.skip();
    }
    agent = found;
  });

  after(async () => {
    killAgents();
    await Promise.all(models.map((model) => model.stop()));
  });

  const current = async (): Promise<Session | undefined> => (await api()).currentSession();

  async function newModel(): Promise<ModelServer> {
    const model = await new ModelServer(agent.protocol).start();
    models.push(model);
    return model;
  }

  it('is the editor as long as no agent works', async () => {
    assert.equal((await current())?.agent, 'editor');
  });

  it('is the one that Codex writes, and grows as it writes', async () => {
    const model = await newModel();
    model.say(
      { usage, shell: 'echo one' },
      { usage, shell: 'echo two', after: second.opened },
      { usage, text: 'Done.', after: third.opened },
    );
    const process = agent.start('The first of two', model);
    processes.push(process);
    await asks(process, model, 2);
    const begun = await eventually(current, (session) => session?.toolCalls === 1, 'the current session');
    assert.equal(begun?.agent, 'codex');
    assert.equal(begun.endedAt, undefined);
    ({ id } = begun);
    second.open();
    await asks(process, model, 3);
    const grown = await eventually(current, (session) => session?.toolCalls === 2, 'the current session, grown');
    assert.equal(grown?.id, id);
  });

  it('is open while a second Codex works: nobody guesses which is meant', async () => {
    const model = await newModel();
    model.say({ usage, text: 'Done.', after: other.opened });
    const process = agent.start('The second of two', model);
    processes.push(process);
    await asks(process, model, 1);
    const sessions = await eventually(
      () => sessionsOf(agent),
      (found) => found.filter(({ endedAt }) => endedAt === undefined).length === 2,
      'two live sessions',
    );
    assert.equal(await current(), undefined);
    const { id: experimentId } = await newRunning('Which of the two?');
    const tag = await run('tagTreatment', { experimentId });
    assert.equal(tag.outcome, 'refused', tag.message);
    for (const session of sessions) {
      assert.ok(tag.message.includes(session.id), `names both: ${tag.message}`);
    }
    assert.deepEqual(await (await api()).tags(experimentId), {});
  });

  it('is the one that a person chooses, as long as both work', async () => {
    await run('selectSession', { sessionId: id });
    assert.equal((await current())?.id, id);
    other.open();
    third.open();
    await Promise.all(processes.map((process) => process.ended));
  });
});
