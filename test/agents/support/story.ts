import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AgentExperimentsApi, Session, Tokens } from '../../../src/api';
import { testEnvironment } from '../../host/support/environment';
import { api, eventually } from '../../host/support/extension';
import type { AgentProcess } from './agentProcess';
import { MAKE, type Agent } from './agents';
import { ModelServer } from './modelServer';
import { programsFromEnvironment, type AgentName } from './programs';
import { addUsage, type Answer, type Usage } from './script';

/** The agent, working in the open folder; undefined where it could not be installed, which the runner has told. */
export function installedAgent(name: AgentName): Agent | undefined {
  const program = programsFromEnvironment()[name];
  const home = process.env['HOME'];
  assert.ok(home);
  return program && MAKE[name](program, { workspace: testEnvironment().workspace, home });
}

/** Sessions as the views have them: read when the extension says that something has changed, and at no other time. */
export class Onlooker {
  sessions: readonly Session[] = [];
  private stopped = false;
  private readonly listening: { dispose(): unknown };

  private constructor(private readonly extension: AgentExperimentsApi) {
    this.listening = extension.onDidChange(() => {
      void this.look();
    });
  }

  /** With the view of sessions open: while nobody can see them, the extension does not look. */
  static async start(): Promise<Onlooker> {
    await vscode.commands.executeCommand('agentExperiments.sessions.focus');
    return new Onlooker(await api());
  }

  stop(): void {
    this.stopped = true;
    this.listening.dispose();
  }

  private async look(): Promise<void> {
    const sessions = await this.extension.sessions();
    if (!this.stopped) {
      this.sessions = sessions;
    }
  }
}

export async function sessionsOf(agent: Agent): Promise<Session[]> {
  return (await (await api()).sessions()).filter((session) => session.agent === agent.name);
}

/** How each agent's own kinds of tokens stand in a session: Codex reports reasoning inside output. */
export function tokensOf(agent: Agent, { input, cached, output, reasoning }: Usage): Tokens {
  const common = { input, cacheRead: cached, cacheWrite: 0 };
  return agent.name === 'codex' ? { ...common, output: output + reasoning } : { ...common, output, reasoning };
}

export type Numbers = Pick<Session, 'model' | 'tokens' | 'prompts' | 'toolCalls' | 'toolErrors' | 'filesTouched'>;

export function numbersOf(session: Session | undefined): Numbers | undefined {
  if (session === undefined) {
    return undefined;
  }
  const { model, tokens, prompts, toolCalls, toolErrors, filesTouched } = session;
  return {
    prompts,
    toolCalls,
    toolErrors,
    filesTouched,
    ...(model === undefined ? {} : { model }),
    ...(tokens === undefined ? {} : { tokens }),
  };
}

/** What a model sent and was asked in one session, and what that session must therefore show. */
export class Ledger {
  private prompts: string[] = [];
  private answers: Answer[] = [];

  constructor(private readonly agent: Agent) {}

  /** A turn: the prompt, and the answers that were sent. */
  add(prompt: string, answers: readonly Answer[]): void {
    this.prompts.push(prompt);
    this.answers.push(...answers);
  }

  get numbers(): Numbers {
    const { agent, answers } = this;
    return {
      model: agent.model,
      prompts: this.prompts.length,
      toolCalls: answers.filter((answer) => !('text' in answer)).length,
      toolErrors: answers.filter((answer) => fails(agent, answer)).length,
      filesTouched: new Set(answers.flatMap((answer) => ('write' in answer ? [answer.write.file] : []))).size,
      tokens: tokensOf(agent, answers.map(({ usage }) => usage).reduce(addUsage)),
    };
  }
}

function fails(agent: Agent, answer: Answer): boolean {
  return 'readMissing' in answer || (agent.countsBadEnds && 'endsBadly' in answer && answer.endsBadly);
}

/** Asks until the session shows exactly this; when it never does, the difference is the error. */
export async function shows(
  ask: () => Promise<Session | undefined> | Session | undefined,
  expected: Numbers,
  what: string,
): Promise<Session> {
  const same = (session: Session | undefined): boolean => {
    try {
      assert.deepEqual(numbersOf(session), expected);
      return true;
    } catch {
      return false;
    }
  };
  let last: Session | undefined;
  try {
    await eventually(async () => (last = await ask()), same, what);
  } catch {
    assert.deepEqual(numbersOf(last), expected, what);
  }
  assert.ok(last);
  return last;
}

/** Gives the agent a model for as long as `use` takes. */
export async function withModel<T>(agent: Agent, use: (model: ModelServer) => Promise<T>): Promise<T> {
  const model = await new ModelServer(agent.protocol).start();
  try {
    return await use(model);
  } finally {
    await model.stop();
  }
}

/** Until the agent has asked its model so often; an agent that ends before that is a failure. */
export async function asks(process: AgentProcess, model: ModelServer, turns: number): Promise<void> {
  const early = process.ended.then(() => assert.fail(`It ended early:\n${process.output()}`));
  await Promise.race([model.asked(turns), early]);
}

/** That the agent asked what it was told to, ran what it was told to, and nothing else was wanted of the model. */
export function checkSeen(model: ModelServer, prompt: string, marks: readonly string[]): void {
  assert.deepEqual(model.unexpected, [], 'requests that nothing was prepared for');
  assert.equal(model.left, 0, 'answers that the agent never asked for');
  for (const { question } of model.turns) {
    assert.ok(question.userTexts.at(-1)?.includes(prompt), `the prompt in ${JSON.stringify(question.userTexts)}`);
  }
  const results = model.turns.at(-1)?.question.toolResults.join('\n') ?? '';
  for (const mark of marks) {
    assert.ok(results.includes(mark), `${mark} in what the tools returned: ${results}`);
  }
}

/** A promise that is kept by hand. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
