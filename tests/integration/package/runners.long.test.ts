/**
 * The examples of a test in each test runner, with the package as it is packed: they pass, end by themselves, and their types
 * hold. TEST_ROUNDS=2 and more tries each of them on each version of Node, and each version of the compiler.
 */
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { roundsOf } from '../../runner/rounds.ts';
import { ROOT, installBeside, run, runWell, whyNoPackages } from './installed.ts';

const RUNNERS = ['node-test', 'uvu', 'vitest', 'jest', 'mocha'] as const;
type Runner = (typeof RUNNERS)[number];

const IS_FULL = roundsOf(1) > 1;
const MAX_LINES = 15;
const here = process.versions.node.split('.')[0] as string;
/** Runners by version of Node: what differs between versions is Node's own, so the later ones are tried with its runner. */
const TRIED: Readonly<Record<string, readonly Runner[]>> = IS_FULL
  ? { 20: RUNNERS, 22: RUNNERS, 24: RUNNERS }
  : { [here]: RUNNERS, 22: ['node-test'], 24: ['node-test'] };
const COMPILERS = { 'ts5.4': '5.4', ...(IS_FULL && { 'ts5.9': '5.9', 'ts6.0': '6.0' }), 'ts7.0': '7.0' };

/** What is typed in the example's folder, behind `node`; and what the runner says of one test that passed. */
const COMMANDS: Readonly<Record<Runner, { readonly args: readonly string[]; readonly passed: RegExp }>> = {
  'node-test': { args: ['--test', '--test-reporter', 'tap'], passed: /^# pass 1$/m },
  uvu: { args: ['../node_modules/uvu/bin.js'], passed: /Passed: +1$/m },
  vitest: { args: ['../node_modules/vitest/vitest.mjs', 'run'], passed: /Tests +1 passed/ },
  jest: {
    args: ['../node_modules/jest/bin/jest.js', '--rootDir', '.', '--testMatch', '**/*.test.cjs'],
    passed: /^Tests: +1 passed, 1 total$/m,
  },
  mocha: { args: ['../node_modules/mocha/bin/mocha.js', '*.test.mjs'], passed: /^ +1 passing/m },
};

const exampleOf = (runner: Runner): string => {
  const folder = join(ROOT, 'examples', runner);
  const [name, ...others] = readdirSync(folder);
  assert.equal(others, []);
  return readFileSync(join(folder, name as string), 'utf8');
};

const test = suite('the package in test suites');

test(`each example is a test of at most ${MAX_LINES} lines`, () => {
  for (const runner of RUNNERS) {
    const [written] = /^(?:test|it)\([\s\S]*?^\}\);/m.exec(exampleOf(runner)) ?? [];
    const lines = written?.split('\n').length ?? 0;
    assert.ok(lines > 5 && lines <= MAX_LINES, `${runner}: ${lines} lines`);
  }
});

const missing = whyNoPackages();
const claim = missing === null ? test : (name: string) => test.skip(`${name} (${missing})`);

let folder = '';
claim('it installs beside the runners in an empty folder, from the packed file', () => {
  folder = installBeside(
    'uvu@0.5',
    'vitest@3',
    'jest@30',
    'mocha@12',
    '@types/node@20',
    '@types/mocha@10',
    ...Object.entries(COMPILERS).map(([name, version]) => `${name}@npm:typescript@${version}`),
  );
  for (const runner of RUNNERS)
    cpSync(join(ROOT, 'examples', runner), join(folder, runner), { recursive: true });
});

for (const [version, runners] of Object.entries(TRIED)) {
  for (const runner of runners) {
    claim(`${runner} on Node ${version} passes the example, and ends by itself`, () => {
      const { args, passed } = COMMANDS[runner];
      const [file, ...before] =
        version === here ? [process.execPath] : ['npx', '-y', '-p', `node@${version}`, 'node'];
      const { code, said } = run(file as string, [...before, ...args], join(folder, runner));
      assert.is(code, 0, said);
      assert.match(said, passed);
    });
  }
}

claim('a failed test says what was lost, and how to see it again', () => {
  const place = join(folder, 'red');
  mkdirSync(place);
  writeFileSync(join(place, 'red.test.mjs'), exampleOf('node-test').replace('atMost: 2', 'atMost: 1'));
  const { code, said } = run(process.execPath, ['--test', '--test-reporter', 'tap'], place);
  assert.is(code, 1);
  assert.match(
    said,
    /expected at least 2 and at most 1 datagrams to be lost, got 2: flow 1 down no\. 2 \(list\)/,
  );
  assert.match(
    said,
    /npx matchstream proxy --upstream 127\.0\.0\.1:\d+ --protocol any --seed 1 --drop-list 2,5/,
  );
});

const OPTIONS = {
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
};

/** Modules, and how packages are looked for. */
const WAYS = [
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const;

/** Checks files with a compiler. Throws with what it says. */
function check(
  compiler: string,
  name: string,
  files: readonly string[],
  options: object,
  ways: readonly (readonly [string, string])[] = WAYS,
): void {
  for (const [module, moduleResolution] of ways) {
    const config = join(folder, `${name}.json`);
    const compilerOptions = { ...OPTIONS, ...options, module, moduleResolution };
    writeFileSync(config, JSON.stringify({ compilerOptions, files }));
    runWell(process.execPath, [join('node_modules', compiler, 'bin/tsc'), '-p', config], folder);
  }
}

for (const [compiler, version] of Object.entries(COMPILERS)) {
  claim(
    `its declarations hold for TypeScript ${version}, with none left out, and so do the examples' types`,
    () => {
      writeFileSync(
        join(folder, 'all.mts'),
        "import * as all from 'matchstream';\nimport * as testing from 'matchstream/testing';\nexport const both = { all, testing };\n",
      );
      writeFileSync(
        join(folder, 'required.cts'),
        "import testing = require('matchstream/testing');\nexport const started: Promise<testing.LossyProxy> = testing.lossyProxy({ upstream: '5000' });\n" +
          'export const isOurs = (cause: Error): cause is testing.UsageError => cause instanceof testing.UsageError;\n',
      );
      check(compiler, 'all', ['all.mts'], { skipLibCheck: false });
      // A compiler that looks for packages as a bundler does has no files that require.
      check(compiler, 'required', ['required.cts'], { skipLibCheck: false }, WAYS.slice(0, 1));
      const examples = RUNNERS.flatMap((runner) =>
        readdirSync(join(folder, runner)).map((name) => `${runner}/${name}`),
      ).filter((name) => /\.(mjs|cjs|ts)$/.test(name));
      // The runners' own declarations do not all hold.
      check(compiler, 'examples', examples, { skipLibCheck: true, allowJs: true, checkJs: true });
    },
  );
}

claim('a type error in a call is one', () => {
  writeFileSync(
    join(folder, 'wrong.mts'),
    "import { lossyProxy } from 'matchstream/testing';\nawait lossyProxy({ upstream: 5000 });\n",
  );
  const compiler = Object.keys(COMPILERS).at(-1) as string;
  assert.throws(
    () => check(compiler, 'wrong', ['wrong.mts'], {}),
    (cause: Error) => /wrong\.mts.*error TS2322/.test(cause.message),
  );
});

test.run();
