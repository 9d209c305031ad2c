/** The recipes of the page, typed as they stand, each in a network of its own, where its ports are free. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { findFile } from '../../../bench/peers/programs.ts';
import { readText } from '../../house/source.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { UP, missingNamespaces } from '../namespaces.ts';
import { SHELL_WORD, inFolder } from '../program.ts';

const test = suite('the recipes of the page');

interface Recipe {
  readonly name: string;
  /** What is typed before the proxy, a terminal each. */
  readonly before: readonly string[];
  /** The proxy, and the command behind it. */
  readonly proxy: string;
}

/** The recipes of a page, one a command behind `--`: a block of indented lines that ends in the proxy's. */
const findRecipes = (page: string): Recipe[] =>
  page
    .split('\n## ')
    .slice(1)
    .flatMap((section) =>
      Array.from(section.matchAll(/(?:^ {4}.*\n)+/gm), ([block]) => {
        const lines = block
          .trimEnd()
          .split('\n')
          .map((line) => line.trim());
        return { name: section.split('\n')[0] ?? '', before: lines.slice(0, -1), proxy: lines.at(-1) ?? '' };
      }),
    )
    .filter(({ proxy }) => proxy.startsWith('matchstream proxy ') && proxy.includes(' -- '));

test('a recipe is a block that ends in a proxy with a command', () => {
  const page =
    '# A\n\n## B\n\n    c -d\n    matchstream proxy 1 2 -- e\n\nf\n\n## G\n\n    matchstream proxy 1 2\n';
  assert.equal(findRecipes(page), [{ name: 'B', before: ['c -d'], proxy: 'matchstream proxy 1 2 -- e' }]);
});

const RECIPES = findRecipes(readText('docs/recipes.md'));

test('the page has a recipe a program', () => {
  const names = RECIPES.map(({ name }) => name);
  assert.equal(names, ['iperf3', 'sockperf', 'RTP and SIP', 'DNS', 'CoAP', 'TFTP', 'QUIC']);
});

/** What ends by itself; everything else before the proxy serves. */
const PREPARES = /^openssl req /;

/** A shell script that does what a reader does: he looks whether a server listens before he starts the next program. */
function scriptOf({ before, proxy }: Recipe): string {
  const [, listen = '', upstream = ''] = /^matchstream proxy (\S+) (\S+) /.exec(proxy) ?? [];
  const waits = [upstream, ...(before.some((line) => line.startsWith('socat')) ? [listen] : [])];
  return [
    // Some look for an address that is not loopback before they listen at all.
    `${UP} && ip addr add 10.9.0.1/32 dev lo`,
    `matchstream() { ${SHELL_WORD} "$@"; }`,
    'listens() { for k in $(seq 300); do ss -Hlntu src "$1" | grep -q . && return; sleep 0.1; done; echo "nothing at $1"; exit 9; }',
    ...before.map((line) => (PREPARES.test(line) ? line : `${line} >>servers 2>&1 &`)),
    ...waits.map((address) => `listens ${address}`),
    proxy,
  ].join('\n');
}

const lack = missingNamespaces();
const missing = RECIPES.flatMap(({ before, proxy }) => [...before, proxy.split(' -- ')[1] ?? ''])
  .map((line) => line.split(' ')[0] ?? '')
  .filter((program) => findFile(program) === null);
const named = 'each works as it is typed';
if (lack !== null) test.skip(`${named}: ${lack}`);
else if (missing.length > 0) test.skip(`${named} (not installed: ${missing.join(', ')})`);
else
  test(named, async () => {
    await Promise.all(
      RECIPES.map((recipe) =>
        inFolder(async (folder) => {
          const script = `cd '${folder}'\n${scriptOf(recipe)}`;
          const child = new Child({
            file: 'unshare',
            args: ['-n', 'bash', '-c', script],
            limitMs: 2 * PATIENCE_MS,
          });
          child.closeInput();
          await child.done().catch((cause: Error) => {
            throw new Error(`${recipe.name}: ${cause.message}\n${child.stdout}\n${child.stderr}`);
          });
          const total = /^total (?:up|down): ([1-9]\d*) arrived/m;
          assert.match(child.stderr, total, recipe.name);
        }),
      ),
    );
  });

test.run();
