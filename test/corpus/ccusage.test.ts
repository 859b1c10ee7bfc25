import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import { diskAccess } from '../../src/sessions/reading/fileAccess';
import { SessionIndex } from '../../src/sessions/sessionIndex';
import { createSources } from '../../src/sessions/sources';
import { type Ccusage, installCcusage, runCcusage } from '../bench/ccusage';
import { findFixtures } from './fixtures';
import { NO_CWD, parentOf, placeClaude, placeCodex, placeGemini, placeOpenCode, type Sample } from './homes';

const fixtures = findFixtures();
const all = Object.entries(fixtures?.expected.sessions ?? {});
const wasmFile = createRequire(path.resolve('package.json')).resolve('sql.js/dist/sql-wasm.wasm');
/** Programs that run at a time. */
const LANES = 4;

/** How an agent's home is laid out, and which environment variables lead this extension and ccusage to it. */
interface Agent {
  name: string;
  rows: number;
  place: (home: string, sample: Sample) => void;
  ours: (home: string) => Record<string, string>;
  theirs: (home: string) => Record<string, string>;
}

const AGENTS: readonly Agent[] = [
  {
    name: 'claude',
    rows: 39,
    place: placeClaude,
    ours: (home) => ({ CLAUDE_CONFIG_DIR: home }),
    theirs: (home) => ({ CLAUDE_CONFIG_DIR: home }),
  },
  {
    name: 'codex',
    rows: 18,
    place: (home, sample) => {
      const parent = parentOf(sample.key, all);
      for (const each of parent ? [sample, { ...sample, ...parent }] : [sample]) placeCodex(home, each);
    },
    ours: (home) => ({ CODEX_HOME: home }),
    theirs: (home) => ({ CODEX_HOME: home }),
  },
  {
    name: 'gemini',
    rows: 9,
    place: (home, sample) => {
      placeGemini(home, sample, sample.row.cwd ?? NO_CWD);
    },
    ours: (home) => ({ GEMINI_CLI_HOME: home }),
    theirs: (home) => ({ GEMINI_DATA_DIR: path.join(home, '.gemini') }),
  },
  {
    name: 'opencode',
    rows: 6,
    place: (home, sample) => {
      placeOpenCode(path.join(home, 'opencode'), sample);
    },
    ours: (home) => ({ XDG_DATA_HOME: home }),
    theirs: (home) => ({ OPENCODE_DATA_DIR: path.join(home, 'opencode') }),
  },
];

type Totals = Ccusage['tokens'];

async function ourTotals(environment: Record<string, string>, folder: string): Promise<Totals> {
  const none = path.join(os.tmpdir(), 'no-such-home');
  const settings = { environment, home: none, editorSessionsFolder: none, wasmFile };
  const sessions = await new SessionIndex(createSources(settings, diskAccess)).refresh([folder], Date.UTC(2031, 0));
  const sum = (kind: keyof Totals): number => sessions.reduce((total, { tokens }) => total + (tokens?.[kind] ?? 0), 0);
  return { input: sum('input'), output: sum('output'), cacheRead: sum('cacheRead'), cacheWrite: sum('cacheWrite') };
}

describe('The totals of ccusage', function () {
  this.timeout(300_000);
  let root: string | undefined;
  let program = '';

  before(async function () {
    if (!fixtures) {
      this.skip();
    }
    try {
      program = await installCcusage();
    } catch (error) {
      console.warn(`\n  !!! SKIPPED: ccusage cannot be installed, so its totals are NOT compared. ${String(error)}\n`);
      this.skip();
    }
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'ccusage-'));
  });

  after(() => {
    if (root !== undefined) fs.rmSync(root, { recursive: true, force: true });
  });

  for (const agent of AGENTS) {
    it(`are ours for ${agent.name}, wherever a sample says so`, async () => {
      const samples = all
        .filter(([, row]) => row.agent === agent.name && row.ccusage_20_0_24_offline.status === 'equal')
        .map(([key, row]) => ({ folder: fixtures?.folder ?? '', key, row }));
      assert.equal(samples.length, agent.rows);
      const differing: unknown[] = [];
      const waiting = samples.entries();
      const lane = async (): Promise<void> => {
        for (const [n, sample] of waiting) {
          const home = path.join(root ?? '', `${agent.name}-${n}`);
          fs.mkdirSync(home);
          agent.place(home, sample);
          const theirs = await runCcusage(program, agent.name, agent.theirs(home));
          const ours = await ourTotals(agent.ours(home), sample.row.cwd ?? NO_CWD);
          try {
            assert.deepEqual(ours, theirs.tokens);
          } catch {
            differing.push({ key: sample.key, ours, theirs: theirs.tokens });
          }
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      assert.deepEqual(differing, []);
    });
  }
});
