import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startAgent, type AgentProcess } from './agentProcess';
import { chatCompletions } from './chatCompletions';
import { generateContent } from './generateContent';
import type { ModelServer } from './modelServer';
import type { AgentName, Program } from './programs';
import { responses } from './responses';
import type { Protocol } from './script';

/** What to do with an earlier session: go on with it, or start a new one from its end. */
export type Earlier = { resume: string } | { fork: string };

/** A real agent, as a person starts it in a terminal of the workspace. */
export interface Agent {
  name: AgentName;
  protocol: Protocol;
  /** The model that it is told to use. */
  model: string;
  /** Whether a command that ends badly is a failed call to it. To others the call went well: the command ran. */
  countsBadEnds: boolean;
  /** Starts a turn of a session, with this model server for its model. */
  start(prompt: string, server: ModelServer, earlier?: Earlier): AgentProcess;
}

export interface AgentHome {
  workspace: string;
  /** The home folder of the person whom the agents and the extension work for. */
  home: string;
}

/** What the environment of the extension host must say for it to find the sessions of agents that run with the same values. */
export function agentFolders(home: string): Record<string, string> {
  return {
    CODEX_HOME: path.join(home, '.codex'),
    GEMINI_CLI_HOME: home,
    XDG_DATA_HOME: path.join(home, '.local', 'share'),
  };
}

export const MAKE: Record<AgentName, (program: Program, place: AgentHome) => Agent> = { codex, opencode, gemini };

function codex(program: Program, { workspace, home }: AgentHome): Agent {
  const model = 'gpt-5.3-codex';
  const env = environment(home, { MODEL_KEY: 'none' });
  mkdirSync(path.join(home, '.codex'), { recursive: true });
  return {
    name: 'codex',
    protocol: responses,
    model,
    countsBadEnds: true,
    start: (prompt, server, earlier) => {
      const provider = {
        name: 'local',
        base_url: `${server.address}/v1`,
        wire_api: 'responses',
        env_key: 'MODEL_KEY',
        request_max_retries: 0,
        stream_max_retries: 0,
      };
      const settings = [
        ['model', model],
        ['model_provider', 'local'],
        ...Object.entries(provider).map(([key, value]) => [`model_providers.local.${key}`, value] as const),
      ];
      const options = [
        '--skip-git-repo-check',
        '--dangerously-bypass-approvals-and-sandbox',
        // A person is asked whether they trust a hook; nobody is here to answer.
        '--dangerously-bypass-hook-trust',
        ...settings.flatMap(([key, value]) => ['-c', `${key}=${JSON.stringify(value)}`]),
      ];
      const what =
        earlier === undefined ? [] : 'resume' in earlier ? ['resume', earlier.resume] : ['fork', earlier.fork];
      return startAgent(program, ['exec', ...options, ...what, prompt], { cwd: workspace, env });
    },
  };
}

function opencode(program: Program, { workspace, home }: AgentHome): Agent {
  const model = 'local-model';
  return {
    name: 'opencode',
    protocol: chatCompletions,
    model,
    countsBadEnds: false,
    start: (prompt, server, earlier) => {
      const config = {
        provider: {
          local: {
            npm: '@ai-sdk/openai-compatible',
            options: { baseURL: `${server.address}/v1`, apiKey: 'none' },
            models: { [model]: {} },
          },
        },
        model: `local/${model}`,
        small_model: `local/${model}`,
        autoupdate: false,
        share: 'disabled',
        permission: { bash: 'allow', edit: 'allow' },
      };
      const env = environment(home, {
        OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      });
      const what =
        earlier === undefined
          ? []
          : 'resume' in earlier
            ? ['--session', earlier.resume]
            : ['--session', earlier.fork, '--fork'];
      return startAgent(program, ['run', ...what, prompt], { cwd: workspace, env });
    },
  };
}

function gemini(program: Program, { workspace, home }: AgentHome): Agent {
  const model = 'gemini-2.5-pro';
  const folder = path.join(home, '.gemini');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, 'settings.json'),
    JSON.stringify({
      security: { auth: { selectedType: 'gemini-api-key' } },
      privacy: { usageStatisticsEnabled: false },
      general: { enableAutoUpdate: false },
    }),
  );
  return {
    name: 'gemini',
    protocol: generateContent,
    model,
    countsBadEnds: false,
    start: (prompt, server, earlier) => {
      if (earlier !== undefined && 'fork' in earlier) {
        throw new Error('The Gemini CLI forks no session.');
      }
      const env = environment(home, {
        GEMINI_API_KEY: 'none',
        GOOGLE_GEMINI_BASE_URL: server.address,
        GEMINI_CLI_TRUST_WORKSPACE: 'true',
      });
      const what = earlier === undefined ? [] : ['--resume', earlier.resume];
      const args = ['-m', model, '--approval-mode', 'yolo', ...what, '-p', prompt];
      return startAgent(program, args, { cwd: workspace, env });
    },
  };
}

/** Of this process's environment only what any program needs: no keys, no proxies, nothing of the editor. */
function environment(home: string, own: Record<string, string>): NodeJS.ProcessEnv {
  const needed = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'TEMP', 'TMP', 'SYSTEMROOT', 'COMSPEC'];
  const inherited = needed.flatMap((key) => {
    const value = process.env[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: path.join(home, '.config'),
    XDG_CACHE_HOME: path.join(home, '.cache'),
    XDG_STATE_HOME: path.join(home, '.local', 'state'),
    ...agentFolders(home),
    // Nothing is to be had from a network but the model on this machine.
    npm_config_offline: 'true',
    NO_COLOR: '1',
    ...own,
  };
}
