/** Headers, the terminal, suites that are run: the rules first, then the project under them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listFiles, readSource, readText, readTree } from './source.ts';
import { findOutsiders, findUnrunSuites, findUntidy, isTestFile } from './tidy.ts';

const rule = suite('the tidiness rules');

const untidy = (source: string, path = 'src/match/x.ts'): string[] => findUntidy(readSource(path, source));
const unrun = (source: string): string[] => findUnrunSuites(readSource('tests/x.test.ts', source));

rule('a file begins with its header, after a line for the shell', () => {
  assert.equal(untidy('/** What it does. */\nexport const a = 1;\n'), []);
  assert.equal(untidy('#!/usr/bin/env node\n/** What it does. */\n'), []);
  assert.equal(untidy('// What it does.\n/** a */\n'), ['src/match/x.ts:1: no header comment']);
  assert.equal(untidy('#!/usr/bin/env node\nexport {};\n'), ['src/match/x.ts:1: no header comment']);
});

rule('one module writes to the terminal', () => {
  assert.is(untidy('/** x */\nprocess.stdout.write(a);\n', 'harness/cli/main.ts').length, 1);
  assert.is(untidy('/** x */\nprocess.stderr.write(a);\n', 'src/files/terminal.ts').length, 0);
  assert.is(untidy('/** x */\n// process.stdout.write(1);\nprocess.stdout.on(a);\n').length, 0);
});

rule('a line that is printed has no line break', () => {
  assert.is(untidy(String.raw`/** x */ print('a', f('b\n'));`).length, 1);
  assert.is(untidy('/** x */ print(`${a}\\n${b}`);').length, 1);
  assert.is(untidy(String.raw`/** x */ print('a', 'b'); f('\n');`).length, 0);
});

rule('a suite that is not run is found', () => {
  const head = `import { suite } from 'uvu';\n`;
  assert.equal(unrun(`${head}const a = suite('a'); a('b', f); a.run();`), []);
  assert.is(unrun(`${head}const a = suite('a'); a('b', f); // a.run();`).length, 1);
  assert.is(unrun(`${head}const a = suite('a'); const b = suite('b'); a.run();`).length, 1);
  assert.is(unrun('a.run();').length, 1);
});

rule('what lies outside the project is not named', () => {
  assert.equal(findOutsiders('a.md', 'a shared port, shared/unshared? no: shared'), [
    'a.md:1: a shared port, shared/unshared? no: shared',
  ]);
  assert.equal(findOutsiders('a.md', 'shares/x, shared.\nunshared/y'), []);
});

rule.run();

const project = suite('the project');
const tests = readTree('tests').filter(({ path }) => isTestFile(path));

project('every source file is tidy', () =>
  assert.equal(
    readTree('src', 'harness', 'bench').flatMap((file) => findUntidy(file)),
    [],
  ),
);

project('every test file runs its suites', () => {
  assert.ok(tests.length > 0);
  assert.equal(tests.flatMap(findUnrunSuites), []);
});

project('nothing names what lies outside the project', () => {
  const own = ['tests/house/tidy.ts', 'tests/house/tidy.test.ts'];
  const paths = ['src', 'harness', 'bench', 'tests', 'docs', 'examples', '.ci'].flatMap(listFiles);
  const texts = [...paths, 'package.json'].filter((path) => !own.includes(path));
  assert.equal(
    texts.flatMap((path) => findOutsiders(path, readText(path))),
    [],
  );
});

project.run();
