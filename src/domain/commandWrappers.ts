import { baseName } from './testCommands';

/** What is left of a command once everything that only starts another command is taken off. */
export type Unwrapped =
  { kind: 'words'; words: readonly string[] } | { kind: 'script'; script: string; options: string };

/** Programs that run the command after them: options that take a value, and how many words of their own come first. */
const WRAPPERS: ReadonlyMap<string, { values?: string; own?: number; only?: RegExp }> = new Map(
  Object.entries({
    sudo: { values: '-u -g -h -p -C -r -t --user --group' },
    doas: { values: '-u -C' },
    env: { values: '-u --unset -C --chdir' },
    timeout: { values: '-s --signal -k --kill-after', own: 1 },
    gtimeout: { values: '-s --signal -k --kill-after', own: 1 },
    time: { values: '-f -o' },
    nice: { values: '-n' },
    ionice: { values: '-c -n' },
    stdbuf: { values: '-i -o -e' },
    'xvfb-run': { values: '-n -s -e -f' },
    nohup: {},
    command: {},
    exec: {},
    builtin: {},
    unbuffer: {},
    caffeinate: {},
    noglob: {},
    'cross-env': {},
    'cross-env-shell': {},
    dotenv: { values: '-e -c -v' },
    dotenvx: { values: '-f', only: /^run$/ },
    npx: { values: '-p --package -c --call' },
    pnpx: { values: '-p --package' },
    bunx: { values: '-p --package' },
    c8: { values: '-r --reporter -o --reports-dir -n -x' },
    nyc: { values: '-r --reporter' },
    uv: { values: '--with --extra --group -p --python --directory --project', only: /^run$/ },
    uvx: { values: '--with --from -p --python' },
    poetry: { values: '-C --directory', only: /^run$/ },
    pdm: { values: '-p', only: /^run$/ },
    pipenv: { only: /^run$/ },
    rye: { only: /^run$/ },
    hatch: { values: '-e', only: /^run$/ },
    pixi: { values: '-e', only: /^run$/ },
    conda: { values: '-n -p --name', only: /^run$/ },
    coverage: { values: '--source --rcfile', only: /^run$/ },
    bundle: { only: /^exec$/ },
    mise: { only: /^(?:exec|x)$/ },
    direnv: { own: 1, only: /^exec$/ },
    nix: { values: '-c --command', only: /^(?:develop|shell)$/ },
  }),
);

const SHELLS = new Set(['bash', 'sh', 'zsh', 'dash', 'ksh', 'fish', 'busybox']);
const POWERSHELLS = new Set(['powershell', 'pwsh']);
const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;
/** Wrappers around wrappers around wrappers: enough. */
const MAX_WRAPPERS = 20;

function programOf(word: string): string {
  return baseName(word)
    .toLowerCase()
    .replace(/\.(?:exe|cmd|bat)$/, '');
}

/** The command inside `sudo`, `timeout 60`, `env A=b`, `npx`, `poetry run` and the like; a script for `bash -c '…'`. */
export function unwrap(command: readonly string[]): Unwrapped {
  let words = command;
  for (let i = 0; i < MAX_WRAPPERS; i++) {
    words = words.slice(firstIndex(words, (word) => !ASSIGNMENT.test(word)));
    const script = scriptOf(words);
    if (script) {
      return script;
    }
    const inner = insideWrapper(words);
    if (!inner) {
      break;
    }
    words = inner;
  }
  return { kind: 'words', words };
}

function firstIndex(words: readonly string[], found: (word: string) => boolean): number {
  const at = words.findIndex(found);
  return at < 0 ? words.length : at;
}

function insideWrapper(words: readonly string[]): readonly string[] | undefined {
  const [program = '', ...args] = words;
  const wrapper = WRAPPERS.get(programOf(program));
  if (!wrapper) {
    return undefined;
  }
  let at = 0;
  if (wrapper.only) {
    at = firstIndex(args, (word) => !word.startsWith('-'));
    if (!wrapper.only.test(args[at] ?? '')) {
      return undefined;
    }
    at++;
  }
  const values = new Set(wrapper.values?.split(' '));
  const command = values.has('-c') && programOf(program) !== 'ionice' && programOf(program) !== 'dotenv';
  for (; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '--' || (command && (word === '-c' || word === '--command' || word === '--call'))) {
      at++;
      break;
    }
    if (word === '-m' && programOf(program) === 'coverage') {
      break;
    }
    if (values.has(word)) {
      at++;
    } else if (!word.startsWith('-') && !ASSIGNMENT.test(word)) {
      break;
    }
  }
  const inner = args.slice(at + (wrapper.own ?? 0));
  return programOf(program) === 'coverage' ? ['python', ...inner] : inner;
}

/** The script that a shell is given; `options` are its letters, such as `lc` or `eo pipefail`. */
function scriptOf(words: readonly string[]): Unwrapped | undefined {
  const [program = '', ...args] = words;
  const name = programOf(program);
  if (SHELLS.has(name)) {
    const at = args.findIndex((arg) => /^-[a-zA-Z]*c[a-zA-Z]*$/.test(arg));
    const script = args.slice(at + 1).find((arg) => !/^[-+]/.test(arg) && arg !== 'pipefail');
    return at < 0 || script === undefined
      ? undefined
      : { kind: 'script', script, options: args.slice(0, args.indexOf(script)).join(' ') };
  }
  if (POWERSHELLS.has(name)) {
    const at = args.findIndex((arg) => /^-c(?:ommand)?$/i.test(arg));
    return at < 0 ? undefined : { kind: 'script', script: args.slice(at + 1).join(' '), options: '' };
  }
  if (name === 'cmd' && /^\/c$/i.test(args[0] ?? '')) {
    return { kind: 'script', script: args.slice(1).join(' '), options: '' };
  }
  return undefined;
}
