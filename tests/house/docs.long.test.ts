/** The pages show what the program really prints: their transcripts and examples are run again and compared. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findExamples, findSamples, findTranscripts } from './docs.ts';
import { listFiles, readText } from './source.ts';

const test = suite('the pages show what is printed');

const ROOT = join(import.meta.dirname, '..', '..');
const TSX = fileURLToPath(import.meta.resolve('tsx'));
const LIMIT_MS = 60_000;
const pages = ['README.md', ...listFiles('docs').filter((path) => path.endsWith('.md'))];

/** Calls `run` in a folder of its own that has the golden recordings and the examples in it. */
function inFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  try {
    for (const name of ['recordings', 'examples']) symlinkSync(join(ROOT, name), join(folder, name));
    run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a program prints on its output, whatever its exit code: a page shows failures, too. */
function outputOf(program: string, args: readonly string[], folder: string): string {
  try {
    return execFileSync(program, args, { cwd: folder, encoding: 'utf8', timeout: LIMIT_MS });
  } catch (cause) {
    const { stdout, stderr, status } = cause as { stdout: string; stderr: string; status: number | null };
    return status === 1 ? stdout : `${stdout}${stderr}ended with ${status}\n`;
  }
}

// Stands in for the program as it is installed.
const NPX = `npx() { shift; "${process.execPath}" --import "${TSX}" "${join(ROOT, 'harness', 'cli', 'main.ts')}" "$@"; }`;

for (const page of pages) {
  const transcripts = findTranscripts(readText(page));
  if (transcripts.length === 0) continue;
  test(`every command of ${page} prints what stands below it`, () =>
    inFolder((folder) => {
      for (const { command, output, line } of transcripts) {
        const printed = outputOf('bash', ['-c', `${NPX}\n${command}`], folder);
        assert.fixture(printed, output, `${page}:${line}: ${command}`);
      }
    }));
}

for (const page of pages) {
  for (const [k, { program, output }] of findExamples(readText(page)).entries()) {
    test(`example ${k + 1} of ${page} runs, and prints what stands below it`, () =>
      inFolder((folder) => {
        const path = join(folder, 'example.mts');
        const library = JSON.stringify(join(ROOT, 'harness', 'index.ts'));
        const testing = JSON.stringify(join(ROOT, 'harness', 'testing', 'index.ts'));
        const local = program
          .replaceAll("'matchstream'", library)
          .replaceAll("'matchstream/testing'", testing);
        writeFileSync(path, local);
        assert.fixture(outputOf(process.execPath, ['--import', TSX, path], folder), output);
      }));
  }
}

/** A run's shape: notes apart, which say what this machine does without; no figure, for some are the machine's. */
const shapeOf = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('note: '))
    .join('\n')
    .replaceAll(/\d/g, '#');

test('the live run of the readme prints what stands below it, and every note that does', () =>
  inFolder((folder) => {
    const sample = findSamples(readText('README.md')).find(({ command }) => command.includes(' live '));
    assert.ok(sample !== undefined);
    const printed = outputOf('bash', ['-c', `${NPX}\n${sample.command}`], folder);
    assert.fixture(shapeOf(printed), shapeOf(sample.output));
    const notes = sample.output.split('\n').filter((line) => line.startsWith('note: '));
    assert.equal(
      notes.filter((note) => !printed.includes(`${note}\n`)),
      [],
    );
  }));

test('there is something to run', () => {
  assert.ok(pages.flatMap((page) => findTranscripts(readText(page))).length >= 5);
  assert.ok(pages.flatMap((page) => findExamples(readText(page))).length >= 3);
});

test.run();
