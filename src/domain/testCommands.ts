/** Which commands test or build a project: the programs and package scripts of the main ecosystems. Linters are none. */

type Judge = (args: readonly string[]) => boolean;

/** Parts of a script's name that say that it tests or builds. */
const OUTCOME_PARTS = new Set(
  'test tests build builds check typecheck types tsc compile e2e spec specs unit integration verify'.split(' '),
);
/** Parts of a script's name that say that it does something else, or does not end. */
const OTHER_PARTS = new Set(
  'lint eslint format fmt prettier style fix watch dev serve start install update clean report debug open ui setup'.split(
    ' ',
  ),
);

/** True for names such as `test`, `test:unit`, `build-server`, `typecheck`; false for `lint:test` and `test:watch`. */
export function isOutcomeScript(name: string): boolean {
  const parts = name
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[:._/-]+/);
  return parts.some((part) => OUTCOME_PARTS.has(part)) && !parts.some((part) => OTHER_PARTS.has(part));
}

const always: Judge = () => true;

/** The first word that is no option decides. */
function sub(names: string): Judge {
  const set = new Set(names.split(' '));
  return (args) => set.has(firstPlain(args) ?? '');
}

/** Any word that is no option names a target; without one the default target is built. */
function targets(judge: (target: string) => boolean, byDefault = true): Judge {
  return (args) => {
    const plain = args.filter((arg) => !arg.startsWith('-') && !/^\w+=/.test(arg));
    return plain.length === 0 ? byDefault : plain.some(judge);
  };
}

function firstPlain(args: readonly string[]): string | undefined {
  return args.find((arg) => !/^[-+]/.test(arg));
}

/** Options of package managers that take the next word as their value. */
const VALUE_OPTIONS = new Set('--prefix -w --workspace --filter -F -C --dir --cwd --config'.split(' '));

/** Words without options and the values of those that take one. */
function plainWords(args: readonly string[]): string[] {
  return args.filter((arg, i) => !arg.startsWith('-') && !VALUE_OPTIONS.has(args[i - 1] ?? ''));
}

/** npm, pnpm, yarn and bun: `test`, `run <script>`, a script's name where the program allows it, or a program of the project. */
function packageManager(bareScripts: boolean): Judge {
  return (args) => {
    const [first = '', ...rest] = plainWords(args);
    if (first === 'workspace') {
      return packageManager(bareScripts)(rest.slice(1));
    }
    if (first === 'workspaces' && rest[0] === 'foreach') {
      return packageManager(bareScripts)(rest.slice(1));
    }
    if (first === 'test' || first === 't' || first === 'tst') {
      return true;
    }
    if (first === 'run' || first === 'run-script' || first === 'rum') {
      return isOutcomeScript(rest[0] ?? '') || isProgram(afterWord(args, first));
    }
    if (first === 'exec' || first === 'x' || first === 'dlx') {
      return isTestOrBuild(withoutOptions(afterWord(args, first)));
    }
    return bareScripts && (isOutcomeScript(first) || isProgram(afterWord(args, first, 0)));
  };
}

function afterWord(args: readonly string[], word: string, skip = 1): string[] {
  const at = args.indexOf(word);
  return at < 0 ? [] : args.slice(at + skip);
}

function withoutOptions(args: readonly string[]): readonly string[] {
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  return at < 0 ? [] : args.slice(at);
}

/** A program of the project that a package manager starts by its name. */
function isProgram(words: readonly string[]): boolean {
  return isTestOrBuild(withoutOptions(words));
}

const GRADLE_TASK =
  /^(?:test|check|build|assemble|compile|bundle|package|verify|classes|jar|integrationTest|connected)(?:[A-Z]\w*)?$|Test$/;
const lastPart = (task: string): string => task.slice(task.lastIndexOf(':') + 1);
const notWatching: Judge = (args) => !args.some((arg) => ['--watch', '-w', '--init', '--showConfig'].includes(arg));

const python: Judge = (args) => {
  const at = args.indexOf('-m');
  if (at >= 0) {
    const [name = '', ...rest] = args.slice(at + 1);
    return name === 'unittest' || name === 'build' || isTestOrBuild([name, ...rest]);
  }
  const [script = '', what = ''] = args.filter((arg) => !arg.startsWith('-'));
  const name = baseName(script);
  if (name === 'manage.py' || name === 'setup.py') {
    return what === 'test' || what === 'build';
  }
  return name === 'pytest' || name === 'tox' || name === 'nox' || name === 'runtests.py' || name === 'run_tests.py';
};

/** `node --test`, and programs that are started by the path of their script. */
const node: Judge = (args) => {
  if (args.some((arg) => arg === '--test' || arg.startsWith('--test='))) {
    return true;
  }
  const at = args.findIndex((arg) => /(?:^|[\\/])node_modules[\\/]/.test(arg) && !arg.startsWith('-'));
  const script = args[at];
  return script !== undefined && isTestOrBuild([baseName(script).replace(/\.[cm]?js$/, ''), ...args.slice(at + 1)]);
};

const PROGRAMS: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ['npm', packageManager(false)],
  ['pnpm', packageManager(true)],
  ['yarn', packageManager(true)],
  ['bun', (args) => firstPlain(args) === 'build' || packageManager(true)(args)],
  ...named('vitest', (args) => !['watch', 'dev', 'list'].includes(args[0] ?? '') && notWatching(args)),
  ...named('jest mocha ava tap jasmine uvu wtr web-test-runner', notWatching),
  ...named('tsc vue-tsc tsgo tsup rollup webpack rspack esbuild svelte-check', notWatching),
  ...named('vite next nuxt remix gatsby parcel snowpack rsbuild tsdown', sub('build')),
  ['astro', sub('build check')],
  ['playwright', sub('test')],
  ['cypress', sub('run')],
  ['karma', sub('start run')],
  ...named('ng react-scripts ember vue-cli-service', sub('test build e2e')),
  ...named(
    'turbo nx lerna',
    targets((word) => isOutcomeScript(lastPart(word)), false),
  ),
  ...named('gulp grunt', targets(isOutcomeScript, false)),
  ...named('just task mage invoke inv poe hatch rush moon', targets(isOutcomeScript, false)),
  ...named('node tsx ts-node', node),
  ['deno', (args) => sub('test check compile')(args) || (args[0] === 'task' && isOutcomeScript(args[1] ?? ''))],
  ...named('pytest py.test tox nox nosetests nose2 trial behave robot', always),
  ...named('python python3 py pypy pypy3', python),
  ...named('uv poetry pdm flit', sub('build')),
  ['maturin', sub('build develop')],
  ...named('cargo cross', cargo),
  ['wasm-pack', sub('test build')],
  ['go', sub('test build vet')],
  ...named('gotestsum ginkgo', always),
  ...named(
    'mvn mvnw',
    targets((goal) => /^(?:test|verify|package|install|compile|test-compile|integration-test)$/.test(goal), false),
  ),
  ...named(
    'gradle gradlew',
    targets((task) => GRADLE_TASK.test(lastPart(task)), false),
  ),
  ['ant', targets(isOutcomeScript)],
  [
    'sbt',
    (args) => args.some((arg) => /(?:^|[\s/:;])(?:test|testOnly|testQuick|compile|assembly|package)(?:\s|$)/.test(arg)),
  ],
  ['mill', (args) => args.some((arg) => /(?:^|\.)(?:test|compile|assembly)$/.test(arg))],
  ['lein', sub('test compile check uberjar midje')],
  ...named('clj clojure', (args) => args.some((arg) => /^-[MXTA][\w:-]*:(?:test|build)/.test(arg))),
  ...named('bazel bazelisk buck buck2 pants please plz', sub('test build')),
  ['dotnet', sub('test build msbuild vstest publish')],
  ...named('msbuild vstest.console', always),
  ...named('make gmake nmake mingw32-make ninja', makefile),
  ['cmake', (args) => args.includes('--build') || args.includes('--workflow')],
  ['ctest', always],
  ['meson', sub('test compile')],
  ['xmake', sub('build test')],
  ['scons', always],
  ...named('rspec cucumber minitest', always),
  ['rake', targets((task) => isOutcomeScript(task) || task === 'default')],
  ['rails', (args) => /^(?:test|spec)(?::|$)/.test(firstPlain(args) ?? '')],
  ...named('phpunit pest paratest', always),
  ['codecept', sub('run build')],
  [
    'composer',
    (args) => isOutcomeScript(plainWords(args).find((word) => word !== 'run' && word !== 'run-script') ?? ''),
  ],
  ['php', (args) => (baseName(args[0] ?? '') === 'artisan' ? args[1] === 'test' : isProgram(args))],
  ['mix', sub('test compile')],
  ['rebar3', sub('eunit ct compile proper')],
  ...named('cabal stack', sub('test build')),
  ['dune', sub('test build runtest')],
  ...named('swift zig nimble forge anchor pio', sub('test build')),
  ['xcodebuild', (args) => !args.some((arg) => arg === '-list' || arg === '-showBuildSettings' || arg === 'clean')],
  ['flutter', sub('test build drive')],
  ['dart', sub('test compile')],
  ['crystal', sub('spec build')],
  ['hardhat', sub('test compile')],
  ['truffle', sub('test compile')],
  ...named('bats shellspec busted', always),
]);

const ANY_PROGRAM = new RegExp(
  `\\b(?:coverage|${[...PROGRAMS.keys()].map((name) => name.replace(/[.]/g, '\\.')).join('|')})\\b`,
  'i',
);

/** True where a text names a program that may test or build: a quick first look that spares reading most commands. */
export function namesProgram(text: string): boolean {
  return ANY_PROGRAM.test(text);
}

function named(names: string, judge: Judge): [string, Judge][] {
  return names.split(' ').map((name) => [name, judge]);
}

function cargo(args: readonly string[]): boolean {
  const [first = '', second = ''] = args.filter((arg) => !/^[-+]/.test(arg));
  if (first === 'nextest' || first === 'hack') {
    return second === 'run' || second === 'r' || second === 'test' || second === 'check' || second === 'build';
  }
  return ['test', 't', 'build', 'b', 'check', 'c', 'clippy', 'llvm-cov', 'tarpaulin'].includes(first);
}

/** The default target counts as a build. */
function makefile(args: readonly string[]): boolean {
  if (args.some((arg) => /^-[a-zA-Z]*n/.test(arg))) {
    return false; // Only shows what would be done.
  }
  const withoutValues = args.filter((arg, i) => !/^-[CfIj]$/.test(args[i - 1] ?? '') || arg.startsWith('-'));
  return targets((target) => target === 'all' || isOutcomeScript(target))(withoutValues);
}

/** Words that ask a program about itself or only list what it would do. */
const ASKING = new Set(
  '--help -h --version --collect-only --co --list --listTests --list-tests --dry-run --showConfig --print-config'.split(
    ' ',
  ),
);

export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** True where a command (program and arguments, without wrappers such as `sudo`) tests or builds. */
export function isTestOrBuild(words: readonly string[]): boolean {
  const [program = '', ...args] = words;
  const name = baseName(program)
    .toLowerCase()
    .replace(/\.(?:exe|cmd|bat|ps1)$/, '');
  const judge = PROGRAMS.get(name);
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  return judge !== undefined && !own.some((arg) => ASKING.has(arg)) && judge(args.filter((arg) => arg !== '--'));
}
