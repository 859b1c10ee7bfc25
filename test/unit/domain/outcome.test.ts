import assert from 'node:assert/strict';
import fc from 'fast-check';
import { outcomeOf, outcomeOfCommand } from '../../../src/domain/outcome';
import type { CommandRun } from '../../../src/domain/outcome';

const judged = (command: string, failed: boolean | undefined): string =>
  outcomeOfCommand({ tool: 'Bash', command, failed });

/** Commands whose status is that of a test or build. */
const OUTCOMES = [
  'npm test',
  'npm t',
  'npm run test',
  'npm run test:unit',
  'npm run build',
  'npm run-script build:server',
  'npm --prefix web run build',
  'npm test -w packages/core',
  'npm run test --workspace=core -- --grep x',
  'npm run --silent test',
  'npm exec -- jest',
  'pnpm test',
  'pnpm run test:e2e',
  'pnpm build',
  'pnpm --filter core test',
  'pnpm -r test',
  'pnpm exec vitest run',
  'pnpm dlx tsc --noEmit',
  'pnpm tsc --noEmit',
  'yarn test',
  'yarn build',
  'yarn jest src/a.test.ts',
  'yarn workspace core test',
  'yarn workspaces foreach -A run test',
  'yarn --cwd web build',
  'bun test',
  'bun run build',
  'bun x vitest',
  'npx vitest run',
  'npx --yes jest --ci',
  'npx -p typescript tsc --noEmit',
  'npx mocha "test/**/*.ts"',
  'npx playwright test',
  'npx tsc -p tsconfig.json',
  'npx turbo run build',
  'npx nx run shop:test',
  './node_modules/.bin/jest',
  'node node_modules/mocha/bin/mocha.js test',
  'node --import=tsx node_modules/mocha/bin/mocha.js x',
  'node --test',
  'node --test test/',
  'tsx --test test/a.ts',
  'vite build',
  'npx next build',
  'ng test --no-watch',
  'pytest -q',
  'python -m pytest tests/',
  'python3 -m unittest discover',
  'py -m pytest',
  'python manage.py test',
  'tox -e py312',
  'nox -s tests',
  'uv run pytest',
  'uv run --with x pytest -k y',
  'poetry run pytest',
  'pipenv run python -m pytest',
  'coverage run -m pytest',
  'coverage run --source src -m unittest',
  'cargo test',
  'cargo +nightly build --release',
  'cargo check',
  'cargo clippy -- -D warnings',
  'cargo nextest run',
  'go test ./...',
  'go build ./...',
  'go vet ./...',
  'mvn -q test',
  './mvnw -DskipTests package',
  'mvn clean verify',
  'gradle build',
  './gradlew :app:testDebugUnitTest',
  '.\\gradlew.bat test',
  './gradlew assembleDebug --no-daemon',
  'dotnet test --no-build',
  'dotnet build Shop.sln',
  'make',
  'make -j8',
  'make -C lib test',
  'make check',
  'make build',
  'ctest --output-on-failure',
  'cmake --build build -j4',
  'ninja -C out',
  'meson test -C build',
  'bazel test //...',
  'bundle exec rspec',
  'bundle exec rake test',
  'rspec spec/a_spec.rb',
  'rake',
  'bin/rails test',
  'vendor/bin/phpunit',
  'php vendor/bin/phpunit --filter x',
  'php artisan test',
  'composer test',
  'composer run-script test',
  'mix test',
  'sbt test',
  'sbt "project core" "testOnly a.B"',
  'lein test',
  'clojure -M:test',
  'swift test',
  'swift build -c release',
  'xcodebuild -scheme App test',
  'flutter test',
  'dart test',
  'deno test -A',
  'deno task test',
  'zig build',
  'stack test',
  'dune runtest',
  'just test',
  'bats test/*.bats',
];

/** The same, with things around it that leave the status as it is. */
const AROUND = [
  'cd web && npm test',
  'cd "my dir" && npm test',
  'cd web; npm test',
  'cd web || exit 1; npm test',
  'CI=1 npm test',
  'CI=1 FORCE_COLOR=0 npm test 2>&1',
  'env CI=1 npm test',
  'export CI=1 && npm test',
  'sudo -u ada npm test',
  'timeout 60 npm test',
  'timeout -k 5 1m npm test',
  'time npm test',
  'nice -n 10 npm test',
  'xvfb-run -a npm test',
  "bash -lc 'npm test'",
  'bash -lc "cd web && npm test"',
  'sh -c "npm test"',
  'cmd /c npm test',
  'pwsh -NoProfile -Command npm test',
  'npm test > out.txt 2>&1',
  'npm test &> out.txt',
  'npm test && echo done',
  'npm test || exit 1',
  'npm test > log || (tail log; exit 1)',
  'npm test; exit $?',
  'npm ci; npm test',
  'echo start; npm test',
  'source .venv/bin/activate && npm test',
  'npm run build && npm test',
  '(cd web && npm test)',
  '{ npm test; }',
  'set -e; npm test',
  'set -o pipefail; npm test | tail -5',
  'set -euo pipefail\nnpm test 2>&1 | tee log',
  "bash -o pipefail -c 'npm test | tail'",
  'npm test # npm run build',
  'npm test \\\n  --silent',
  'git status | head; npm test',
  'cat <<EOF > a.txt\nit is only text: npm run lint || true\nEOF\nnpm test',
  "bash <<'EOF'\nnpm test\nEOF",
  'npm test || npm test',
  'cross-env CI=1 npm test',
  '& npm test',
];

/** A test or build that ran, or may have, but whose status cannot be told. */
const MASKED = [
  'npm test || true',
  'npm test || echo failed',
  'npm test; echo',
  'npm test; echo $?',
  'npm test | tail -20',
  'npm test 2>&1 | grep -v warn',
  'npm test |& tee log',
  'npm test &',
  'npm test; true',
  'npm test; code=$?; echo $code; exit $code',
  'npm test && echo PASS || echo FAIL',
  'echo "$(npm test)"',
  'echo `npm test`',
  'diff <(npm test) expected',
  'if npm test; then echo yes; fi',
  'for i in 1 2 3; do npm test; done',
  'while true; do npm test; done',
  'run() { npm test; }; run',
  'npm test\ngit status',
  "bash -c 'npm test | tail'",
  'set -o pipefail; set +o pipefail; npm test | tail',
  'npm test; exit 0',
  'exec 2>&1; npm test | cat',
];

/** No test, no build: linters, everything else, and questions about a program. */
const NEITHER = [
  '',
  'ls',
  'git commit -m "npm test"',
  "echo 'npm test'",
  'grep -r "cargo test" .',
  'cat package.json',
  'npm install',
  'npm ci',
  'npm run lint',
  'npm run lint:test',
  'npm run format',
  'npm run test:watch',
  'npm run dev',
  'npm start',
  'npx eslint .',
  'npx prettier --check .',
  'ruff check .',
  'npx tsc --version',
  'npx tsc --watch',
  'npx jest --listTests',
  'pytest --collect-only',
  'pytest --version',
  'cargo --version',
  'cargo fmt',
  'cargo run',
  'go run .',
  'go mod tidy',
  'mvn clean',
  'gradle tasks',
  'make clean',
  'make lint',
  'make -n test',
  'cmake -S . -B build',
  'python script.py',
  'python -m http.server',
  'node server.js',
  'dotnet run',
  'docker ps',
  'cat <<EOF\nnpm test\nEOF',
  '# npm test',
  'mkdir test && cd test',
  'vim test.txt',
  'test -f package.json',
];

describe('Outcome: what one command says', () => {
  for (const command of [...OUTCOMES, ...AROUND]) {
    it(command, () => {
      assert.equal(judged(command, false), 'success');
      assert.equal(judged(command, true), 'failure');
      assert.equal(judged(command, undefined), 'unknown');
    });
  }

  for (const command of MASKED) {
    it(`unknown: ${command}`, () => {
      assert.equal(judged(command, false), 'unknown');
      assert.notEqual(judged(command, true), 'success');
    });
  }

  for (const command of NEITHER) {
    it(`nothing: ${command}`, () => {
      assert.equal(judged(command, false), 'none');
      assert.equal(judged(command, true), 'none');
      assert.equal(judged(command, undefined), 'none');
    });
  }

  it('good news of all, bad news of none, where another command may have failed', () => {
    for (const command of [
      'npm ci && npm test',
      'npm test && git push',
      'npm run lint && npm test',
      'nvm use 20 && npm test',
    ]) {
      assert.equal(judged(command, false), 'success', command);
      assert.equal(judged(command, true), 'unknown', command);
    }
    assert.equal(judged('set -e\nnpm ci\nnpm test', false), 'success');
    assert.equal(judged('set -e\nnpm ci\nnpm test', true), 'unknown');
    assert.equal(judged('set -e; npm test; git push', false), 'success');
    assert.equal(judged('npm test || npm run test:retry', true), 'failure');
    assert.equal(judged('git pull || npm test', true), 'failure');
    assert.equal(judged('git pull || npm test', false), 'unknown');
  });

  it('turned round by !', () => {
    assert.equal(judged('! npm test', false), 'failure');
    assert.equal(judged('! npm test', true), 'success');
  });

  it('unknown where the command cannot have ended like that', () => {
    assert.equal(judged('npm test || true', true), 'unknown');
    assert.equal(judged('npm test; exit 1', false), 'unknown');
  });

  it('unknown for tools that run tests and do not say how they went', () => {
    assert.equal(outcomeOfCommand({ tool: 'copilot_runTests', command: '', failed: false }), 'unknown');
  });

  it('unknown for a script that is too long or too deep to take apart', () => {
    assert.equal(judged(`npm test; ${'echo x; '.repeat(10_000)}`, false), 'unknown');
    assert.equal(judged(`npm test && ${'('.repeat(200)}true${')'.repeat(200)}`, false), 'unknown');
    assert.equal(judged(`npm test ${'&& true '.repeat(5_000)}`, false), 'success');
    let nested = 'npm test';
    for (let i = 0; i < 60; i++) {
      nested = `echo $(${nested})`;
    }
    assert.equal(['unknown', 'none'].includes(judged(nested, false)), true);
  });
});

describe('Outcome: of a session', () => {
  const run = (command: string, failed: boolean | undefined, time = 0): CommandRun => ({
    tool: 'Bash',
    command,
    failed,
    time,
  });

  it('is that of the last test or build command', () => {
    assert.equal(outcomeOf([]), undefined);
    assert.equal(outcomeOf([run('ls', false)]), undefined);
    assert.deepEqual(outcomeOf([run('npm test', true, 1), run('npm run build', false, 2), run('git push', true, 3)]), {
      outcome: 'success',
      command: 'npm run build',
      at: 2,
    });
  });

  it('goes by time, and by the order in the list where that is equal', () => {
    assert.equal(outcomeOf([run('npm test', true, 2), run('npm test', false, 1)])?.outcome, 'failure');
    assert.equal(outcomeOf([run('npm test', true, 1), run('npm test', false, 1)])?.outcome, 'success');
  });

  it('is missing where the last one cannot be told, whatever came before', () => {
    assert.equal(outcomeOf([run('npm test', false, 1), run('npm test | tail', false, 2)]), undefined);
    assert.equal(outcomeOf([run('npm test', false, 1), run('npm test', undefined, 2)]), undefined);
  });
});

describe('Outcome: for any input', () => {
  const piece = fc.constantFrom(
    ...'npm test|cargo build|ls|cd x|&&| || |;|\n|(|)|{|}|"|\'|`|$(|<<EOF|EOF|>|2>&1| | |\\|!|if|then|fi|set -e|exit|exit 1|bash -c |&|#'
      .split('|')
      .concat('|', '||'),
  );
  const script = fc.oneof(
    fc.string(),
    fc.array(piece).map((pieces) => pieces.join(' ')),
    fc.array(piece).map((p) => p.join('')),
  );
  const anyRun: fc.Arbitrary<CommandRun> = fc.record({
    tool: fc.constantFrom('Bash', 'shell', 'runTests', ''),
    command: script,
    failed: fc.constantFrom(true, false, undefined),
    time: fc.oneof(fc.integer(), fc.constantFrom(NaN, Infinity, -Infinity)),
  });

  it('never throws', () => {
    fc.assert(
      fc.property(anyRun, (one) => {
        assert.ok(['success', 'failure', 'unknown', 'none'].includes(outcomeOfCommand(one)));
      }),
      { numRuns: 2000 },
    );
  });

  it('comes from the last test or build command only', () => {
    fc.assert(
      fc.property(fc.array(anyRun, { maxLength: 8 }), (runs) => {
        const ordered = runs.map((one, i) => ({ ...one, time: i }));
        const last = ordered.filter((one) => outcomeOfCommand(one) !== 'none').at(-1);
        const expected = last && outcomeOfCommand(last);
        const found = outcomeOf(ordered);
        assert.equal(found?.outcome, expected === 'unknown' ? undefined : expected);
        assert.equal(found?.at, found && last?.time);
      }),
    );
  });

  it('is the same whatever else ran, and in whatever order the list is', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.shuffledSubarray(['ls', 'git push', 'npm ci', 'npm run lint']), (failed, others) => {
        const runs = [run0('npm test', failed, 5), ...others.map((command, i) => run0(command, !failed, i * 3))];
        assert.equal(outcomeOf(runs)?.outcome, failed ? 'failure' : 'success');
        assert.deepEqual(outcomeOf([...runs].reverse()), outcomeOf(runs));
      }),
    );
  });

  it('is never told of a masked command', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OUTCOMES),
        fc.constantFrom(' | tail', ' || true', '; echo x', ' &'),
        (command, mask) => {
          assert.equal(judged(command + mask, false), 'unknown');
        },
      ),
    );
  });
});

function run0(command: string, failed: boolean, time: number): CommandRun {
  return { tool: 'Bash', command, failed, time };
}
