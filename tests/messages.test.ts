/**
 * Every message that a user can meet, as golden/messages.txt has it: each block is what provokes it, its code and
 * subject, and the whole message. Whoever words a message better changes that file, and no other test.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Node } from 'typescript/unstable/ast';
import { isIdentifier, isNewExpression } from 'typescript/unstable/ast/is';
import { EnvironmentError, UsageError } from '../src/base/errors.ts';
import { buildProgram, refuseMistakes } from './commands.ts';
import { evaluate } from './expressions.ts';
import { lineOf, nodesOf, readTree } from './house/source.ts';
import { PROVOCATIONS, UNPROVOKED, writeFiles } from './provocations.ts';
import { refusalIn, thrownBy } from './refusals.ts';

const ROOT = join(import.meta.dirname, '..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'matchstream-messages-')));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.chdir(folder);
await writeFiles();
const { program, commands } = await buildProgram();

/** Runs a command line in this process, as the program does. */
async function runLine(line: string): Promise<void> {
  const words = line.split(' ').map((word) => word.replaceAll('␣', ' '));
  const name = [words.slice(0, 2).join(' '), words[0] as string].find((one) => commands.has(one)) as string;
  const command = commands.get(name);
  if (command === undefined) throw new Error(`no such command as ${line}`);
  refuseMistakes(program, commands, words);
  for (const one of [command, ...command.commands])
    one.exitOverride().configureOutput({ writeOut: () => undefined, outputError: () => undefined });
  const { write } = process.stdout;
  // What a command says before it is refused is no part of this test's output.
  process.stdout.write = (): boolean => true;
  try {
    await command.parseAsync(words.slice(name.split(' ').length), { from: 'user' });
  } finally {
    process.stdout.write = write;
  }
}

/** Where errors were made: `path:line`. */
const made = new Set<string>();

function noteSite({ stack = '' }: Error): void {
  const [, file, line] = /\(?(?:file:\/\/)?(\/[^()\s]+):(\d+):\d+\)?$/m.exec(stack) ?? [];
  if (file !== undefined) made.add(`${relative(ROOT, file)}:${line}`);
}

/** A block as it is written: code, subject, message. */
async function blockOf(provoke: () => unknown): Promise<string> {
  const thrown = await thrownBy(provoke);
  if (!(thrown instanceof UsageError || thrown instanceof EnvironmentError))
    return `no refusal: ${String(thrown)}`;
  for (let one: unknown = thrown; one instanceof Error; one = one.cause) noteSite(one);
  return `${refusalIn(thrown)}\n${thrown.message}`.replaceAll(folder, 'FOLDER');
}

/** What a block's first line stands for: a command line, an expression, or something of provocations.ts. */
function provocationOf(how: string): () => unknown {
  const [, kind, text = ''] = /^([$>]) (.*)$/.exec(how) ?? [];
  if (kind === '$') return () => runLine(text);
  if (kind === '>') return () => evaluate(text);
  const work = PROVOCATIONS[how];
  assert.ok(work, `nothing provokes ${how}`);
  return work;
}

const golden = readFileSync(join(import.meta.dirname, 'golden/messages.txt'), 'utf8')
  .trimEnd()
  .split('\n\n')
  .filter((block) => !block.startsWith('#'))
  .map((block) => block.split('\n'));

const test = suite('every message');

for (const [how = '', ...told] of golden) {
  test(how, async () => {
    assert.is(await blockOf(provocationOf(how)), told.join('\n'));
  });
}

test('is provoked by something that the file has', () => {
  const hows = new Set(golden.map(([how]) => how));
  assert.equal(
    Object.keys(PROVOCATIONS).filter((how) => !hows.has(how)),
    [],
  );
});

/** `new UsageError('code', …)`: its code as written. */
function codeAt(node: Node, text: string): string | null {
  if (!isNewExpression(node) || !isIdentifier(node.expression)) return null;
  if (!['UsageError', 'EnvironmentError'].includes(node.expression.text)) return null;
  const [code] = node.arguments ?? [];
  return code === undefined ? '' : text.slice(code.pos, code.end).trim();
}

test('stands in it, or where it is not there, with why', () => {
  const missing: string[] = [];
  const unneeded = new Set(Object.keys(UNPROVOKED));
  for (const { path, text, tree } of readTree('src', 'harness')) {
    for (const node of nodesOf(tree)) {
      const code = codeAt(node, text);
      if (code === null || made.has(`${path}:${lineOf(tree, node)}`)) continue;
      const key = `${path} ${code}`;
      unneeded.delete(key);
      if (UNPROVOKED[key] === undefined) missing.push(`${key} (line ${lineOf(tree, node)})`);
    }
  }
  assert.equal(missing, []);
  assert.equal([...unneeded], [], 'these are provoked, or gone');
});

test.run();
