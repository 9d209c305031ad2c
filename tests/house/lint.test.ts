/** What the linter keeps for the house: files that break a rule, under the project's own settings, and what it says. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

const ROOT = join(import.meta.dirname, '../..');

/** A file's path and text, and the rule that it breaks; null for none. */
const CASES: readonly (readonly [path: string, text: string, rule: string | null])[] = [
  ['src/match/x.ts', 'f(Date.now());', 'no-restricted-globals'],
  ['src/match/x.ts', 'f(new Date());', 'no-restricted-globals'],
  ['src/match/x.ts', 'f(performance.now());', 'no-restricted-globals'],
  ['src/match/x.ts', 'f(`run-${process.pid}`);', 'no-restricted-globals'],
  ['src/match/x.ts', 'f([...process.argv]);', 'no-restricted-globals'],
  ['src/match/x.ts', 'f(crypto.subtle);', 'no-restricted-globals'],
  ['src/match/x.ts', 'f(tool.randomUUID());', 'no-restricted-properties'],
  ['src/match/x.ts', 'f(globalThis.performance.now());', 'no-restricted-globals'],
  ['src/match/x.ts', 'setImmediate(f);', 'no-restricted-globals'],
  ['src/match/x.ts', 'f(Math.random());', 'no-restricted-properties'],
  ['src/match/x.ts', 'f(Math?.random());', 'no-restricted-properties'],
  ['src/match/x.ts', "import { randomBytes as r } from 'node:crypto'; f(r);", 'no-restricted-imports'],
  ['src/match/x.ts', "import { createHmac } from 'node:crypto'; f(createHmac);", null],
  ['src/match/x.ts', '/** Date.now() */ f("Math.random()", plan.process); // process.exit', null],
  ['harness/impairment/x.ts', 'f(process.pid);', 'no-restricted-globals'],
  ['harness/recording/lines.ts', 'f(process.pid);', 'no-restricted-globals'],
  ['src/files/x.ts', 'f(process.pid, Date.now());', null],
  ['harness/report/x.ts', 'setTimeout(f, 1);', 'no-restricted-globals'],
  ['src/net/x.ts', 'setTimeout(f, 1);', null],
  ['src/net/batch.ts', 'setTimeout(f, 1);', 'no-restricted-globals'],
  ['harness/cli/x.ts', 'console.log(1);', 'no-console'],
  ['harness/cli/x.ts', '// console.log(1);\nthis.console.log(2);', null],
  ['src/net/x.ts', '// TODO later', 'no-warning-comments'],
  ['src/net/x.ts', '/** FIXME */', 'no-warning-comments'],
  ['src/net/x.ts', 'f("TODO"); // TODOS, XXXL', null],
  ['src/net/x.ts', 'debugger;', 'no-debugger'],
  ['bench/x.ts', 'f();\n'.repeat(400), null],
  ['bench/x.ts', 'f();\n'.repeat(401), 'max-lines'],
  ['src/net/x.ts', "import './y.ts';", 'no-cycle'],
  ['src/net/x.ts', "import type { Y } from './y.ts'; f(Y);", null],
  ['src/net/x.ts', "await import('./y.ts');", null],
];

const test = suite('the linter');

/** Case → the rules broken in it, of those in question. Each case is a tree of its own, and one run reads them all. */
const broken = ((): ReadonlyMap<string, ReadonlySet<string>> => {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-lint-'));
  try {
    for (const [k, [path, text]] of CASES.entries()) {
      const put = (name: string, content: string): void => {
        mkdirSync(dirname(join(folder, `${k}`, name)), { recursive: true });
        writeFileSync(join(folder, `${k}`, name), content);
      };
      put('.oxlintrc.json', readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8'));
      put(path, text);
      put('src/net/y.ts', "export { x } from './z.ts';\n");
      put('src/net/z.ts', "export { x } from './x.ts';\n");
    }
    const linter = join(ROOT, 'node_modules/.bin/oxlint');
    const { stdout } = spawnSync(linter, ['--format', 'json', '.'], { cwd: folder, encoding: 'utf8' });
    const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
    const known = new Set(CASES.map(([, , rule]) => rule));
    const found = new Map<string, Set<string>>();
    for (const { code, filename } of diagnostics) {
      const name = filename.split('/')[0] as string;
      const rule = /\((.*)\)/.exec(code)?.[1] ?? code;
      if (known.has(rule)) found.set(name, (found.get(name) ?? new Set()).add(rule));
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
})();

for (const [k, [path, text, rule]] of CASES.entries()) {
  test(`${rule === null ? 'allows' : `finds ${rule}`} in ${path}: ${text.slice(0, 60)}`, () =>
    assert.equal([...(broken.get(`${k}`) ?? [])], rule === null ? [] : [rule]));
}

test.run();
