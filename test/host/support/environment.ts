/**
 * What a host test knows of the run that it is part of. The runner (test/host/run.ts) sets these variables of the editor; they
 * reach the extension host, where the tests run.
 *
 * | variable | what it is |
 * |---|---|
 * | AGENT_EXPERIMENTS_TEST_WORKSPACE | the open folder: a small git repository |
 * | AGENT_EXPERIMENTS_TEST_COMMITS | its commits, oldest first, separated by commas |
 * | CLAUDE_CONFIG_DIR | where the extension looks for transcripts (`projects/<folder>/<session>.jsonl`); empty at first |
 * | AGENT_EXPERIMENTS_TEST_STORAGE | the extension's global storage folder; may not exist yet |
 * | AGENT_EXPERIMENTS_TEST_SHARED | a folder shared by all windows of the run |
 * | AGENT_EXPERIMENTS_TEST_EDITOR | the version that was asked for, such as 1.100, or `any` |
 * | AGENT_EXPERIMENTS_TEST_FIXTURES | the folder of recorded transcripts; not set where there is none |
 * | AGENT_EXPERIMENTS_TEST_ROOT | the project's folder |
 * | AGENT_EXPERIMENTS_TEST_RESULTS | a folder; each suite writes its results into a file there |
 * | AGENT_EXPERIMENTS_TEST_FILTER | run only files whose path contains this; not set: all |
 */
export interface TestEnvironment {
  workspace: string;
  commits: string[];
  claudeConfigDir: string;
  storage: string;
  shared: string;
  editor: string;
  fixtures: string | undefined;
  root: string;
}

export const EXTENSION_ID = 'agent-experiments.agent-experiments';

export function testEnvironment(): TestEnvironment {
  return {
    workspace: need('AGENT_EXPERIMENTS_TEST_WORKSPACE'),
    commits: need('AGENT_EXPERIMENTS_TEST_COMMITS').split(','),
    claudeConfigDir: need('CLAUDE_CONFIG_DIR'),
    storage: need('AGENT_EXPERIMENTS_TEST_STORAGE'),
    shared: need('AGENT_EXPERIMENTS_TEST_SHARED'),
    editor: need('AGENT_EXPERIMENTS_TEST_EDITOR'),
    fixtures: process.env['AGENT_EXPERIMENTS_TEST_FIXTURES'],
    root: need('AGENT_EXPERIMENTS_TEST_ROOT'),
  };
}

function need(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set: host tests are run by test/host/run.ts.`);
  }
  return value;
}
