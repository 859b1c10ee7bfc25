/**
 * Which files of a workspace folder are instructions of agents: those that an agent reads by itself, because of their name. Paths
 * are relative to the folder, with slashes. Not among them: a person's own files in the home folder, files that instructions
 * name or import, instruction files of subfolders, and settings, which agents write themselves.
 */

/** Files by name. */
const NAMED: readonly string[] = [
  'AGENTS.md',
  'AGENTS.override.md',
  'AGENT.md',
  'CLAUDE.md',
  'CLAUDE.local.md',
  'GEMINI.md',
  '.claude/CLAUDE.md',
  '.gemini/GEMINI.md',
  '.github/copilot-instructions.md',
  '.clinerules',
  '.cursorrules',
  '.roorules',
  '.windsurfrules',
];

interface InstructionFolder {
  /** A star stands for any end of the last name. */
  path: string;
  /** How the names of its files end, at any depth. */
  endings: readonly string[];
}

const RULES = ['.md', '.mdc', '.txt'];
const MARKDOWN = ['.md'];
const SKILL = ['SKILL.md'];

const FOLDERS: readonly InstructionFolder[] = [
  { path: '.claude/rules', endings: MARKDOWN },
  { path: '.claude/commands', endings: MARKDOWN },
  { path: '.claude/agents', endings: MARKDOWN },
  { path: '.claude/output-styles', endings: MARKDOWN },
  { path: '.claude/skills', endings: SKILL },
  { path: '.agents/rules', endings: RULES },
  { path: '.agents/skills', endings: SKILL },
  { path: '.codex/prompts', endings: MARKDOWN },
  { path: '.codex/skills', endings: SKILL },
  { path: '.gemini/commands', endings: ['.toml'] },
  { path: '.gemini/skills', endings: SKILL },
  { path: '.github/instructions', endings: MARKDOWN },
  { path: '.github/prompts', endings: MARKDOWN },
  { path: '.github/chatmodes', endings: MARKDOWN },
  { path: '.github/agents', endings: MARKDOWN },
  { path: '.github/skills', endings: SKILL },
  { path: '.opencode/agent*', endings: MARKDOWN },
  { path: '.opencode/command*', endings: MARKDOWN },
  { path: '.opencode/skill*', endings: SKILL },
  { path: '.clinerules', endings: RULES },
  { path: '.cline/rules', endings: RULES },
  { path: '.cursor/commands', endings: MARKDOWN },
  { path: '.cursor/rules', endings: RULES },
  { path: '.cursor/skills', endings: SKILL },
  { path: '.kilocode/rules*', endings: RULES },
  { path: '.roo/rules*', endings: RULES },
  { path: '.windsurf/rules', endings: RULES },
];

/** Folders of skills with programs: what they depend on is no instruction, and can be thousands of files. */
const DEPENDENCIES = new Set(['node_modules', '.venv', 'venv', '__pycache__', '.git']);

const named = new Set(NAMED);

function isWithin(path: string, folder: string): boolean {
  if (!folder.endsWith('*')) return path.startsWith(`${folder}/`);
  return path.startsWith(folder.slice(0, -1)) && path.includes('/', folder.length - 1);
}

const isDependency = (path: string): boolean => path.split('/').some((name) => DEPENDENCIES.has(name));

export function isInstructionFile(path: string): boolean {
  if (isDependency(path)) return false;
  return (
    named.has(path) ||
    FOLDERS.some(({ path: folder, endings }) => isWithin(path, folder) && endings.some((end) => path.endsWith(end)))
  );
}

/** Whether a folder may hold instruction files, at any depth. The root may. */
export function mayHoldInstructions(folder: string): boolean {
  if (folder === '') return true;
  if (isDependency(folder)) return false;
  const inside = `${folder}/`;
  return (
    NAMED.some((name) => name.startsWith(inside)) ||
    FOLDERS.some(({ path }) => path.startsWith(inside) || `${path}/` === inside || isWithin(inside, path))
  );
}

/** The first names of all of them: a watcher needs to look nowhere else. */
export const FIRST_NAMES: readonly string[] = [
  ...new Set([...NAMED, ...FOLDERS.map(({ path }) => path)].map((path) => path.split('/', 1)[0] ?? path)),
];
