export const AGENT_NAMES = ['codex', 'opencode', 'gemini'] as const;
export type AgentName = (typeof AGENT_NAMES)[number];

/** How a program is started: these arguments come before any other. */
export interface Program {
  command: string;
  args: string[];
}

/** The agents that are installed. */
export type AgentPrograms = Partial<Record<AgentName, Program>>;

const VARIABLE = 'AGENT_EXPERIMENTS_TEST_AGENTS';

/** How the runner tells the suite, which runs in the editor, where the agents are. */
export function programsEnvironment(programs: AgentPrograms): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(programs) };
}

export function programsFromEnvironment(): AgentPrograms {
  const text = process.env[VARIABLE];
  if (text === undefined) {
    throw new Error(`${VARIABLE} is not set: these tests are run by test/agents/run.ts.`);
  }
  return JSON.parse(text) as AgentPrograms;
}
