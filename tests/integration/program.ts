/** Runs the built program as a user does: `node dist/harness/cli/main.js …`, with every run bounded. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import * as assert from 'uvu/assert';

/** The built program. */
export const PROGRAM = join(import.meta.dirname, '../../dist/harness/cli/main.js');
/** With room for a busy machine: only a program that hangs takes so long. */
const LIMIT_MS = 180_000;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** The program as a shell word, for tests of what a shell does with it. */
export const SHELL_WORD = `'${process.execPath}' '${PROGRAM}'`;

export type Program = ChildProcessByStdio<null, Readable, Readable>;

/** Where a job of GitHub Actions says that it is one: a test that runs in one is none of its steps. */
const NO_JOB = { GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '' };

/**
 * @param leads whether it leads a process group of its own, as at a terminal
 * @param more environment variables besides this process's
 */
export function start(
  args: readonly string[],
  cwd: string,
  leads = false,
  more: Readonly<Record<string, string>> = {},
): Program {
  if (!existsSync(PROGRAM)) throw new Error('the program is not built; npm run build');
  return spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    detached: leads,
    env: { ...process.env, ...NO_JOB, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Collects what a program prints until it ends; kills it at the limit. */
export function ended(program: Program, limitMs = LIMIT_MS): Promise<Ended> {
  const startedAt = performance.now();
  let stdout = '';
  let stderr = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  program.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      program.kill('SIGKILL');
      reject(new Error(`not ended after ${limitMs} ms; stdout: ${stdout}; stderr: ${stderr}`));
    }, limitMs);
    program.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, tookMs: performance.now() - startedAt });
    });
  });
}

/** A server under test: its process, its end, and the address that clients are told. */
export interface Serving {
  readonly server: Program;
  readonly serverEnd: Promise<Ended>;
  readonly address: string;
}

/** Starts `matchstream server` on a free port with seed 1, and waits until it listens. */
export async function startServing(args: readonly string[], cwd: string): Promise<Serving> {
  const server = start(['server', '--port', '0', '--seed', '1', ...args], cwd);
  const serverEnd = ended(server);
  const [, address = ''] = await printed(server, /listening on (\S+)/);
  return { server, serverEnd, address };
}

export const run = (args: readonly string[], cwd: string): Promise<Ended> => ended(start(args, cwd));

/** One line on the error stream, no stack trace, that says what was expected. */
export function assertRefused({ code, stderr }: Ended, wanted: number, ...saying: string[]): void {
  assert.is(code, wanted, stderr);
  assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
  assert.ok(stderr.startsWith('error: '), stderr);
  assert.not.match(stderr, /\bat .*:\d+:\d+|a bug in matchstream/);
  for (const text of saying) assert.ok(stderr.includes(text), `${stderr} should say ${text}`);
}

/** Waits until a program has printed something that matches. */
export function printed(program: Program, pattern: RegExp, limitMs = 60_000): Promise<RegExpExecArray> {
  let text = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${pattern} not printed; got: ${text}`)), limitMs);
    program.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      const found = pattern.exec(text);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
}

/** Runs something in a folder of its own, which is gone afterwards. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Rows of a CSV without quoted cells, by column name. */
export function readRows(text: string): Record<string, string>[] {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const names = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, column) => [name, cells[column] ?? '']));
  });
}
