/**
 * Types every command of the README, in order, as a reader does: `node --import tsx tests/tour.ts`.
 *
 * In a folder of its own, to which the built package is linked as npm links it, so that `npx matchstream` runs
 * `dist/harness/cli/main.js` as a program. Those that serve run beside the others, and are ended by Ctrl+C: a signal to the
 * whole process group. What is printed, and with which code it ended, is held against the page. Exit code 1 at the first
 * difference, with the command and what it printed; 3 when nothing is built. Nothing is waited for without a bound.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectedCode, findTour, staysUp } from './house/tour.ts';
import type { Step } from './house/tour.ts';

const ROOT = join(import.meta.dirname, '..');
const LIMIT_MS = 5 * 60_000;

interface Typed {
  readonly step: Step;
  readonly child: ChildProcess;
  readonly printed: { stdout: string; stderr: string };
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** A folder with the package linked into it. */
function linkedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-tour-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  symlinkSync(ROOT, join(modules, 'matchstream'));
  symlinkSync('../matchstream/dist/harness/cli/main.js', join(modules, '.bin', 'matchstream'));
  return folder;
}

function type(step: Step, folder: string): Typed {
  const child = spawn('bash', ['-c', step.command], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, endedBy) => resolve(code ?? endedBy ?? 'unknown'));
  });
  return { step, child, printed, ended };
}

function signal({ child }: Typed, name: 'SIGINT' | 'SIGKILL'): void {
  try {
    process.kill(-(child.pid as number), name);
  } catch {
    // It has ended already.
  }
}

/** Throws what is wrong with a step, and what it printed. */
function fail({ step, printed }: Typed, why: string): never {
  throw new Error(
    `README.md:${step.line}: ${step.command}\n${why}\nit printed:\n${printed.stdout}\nand on the error stream:\n${printed.stderr}`,
  );
}

async function bounded<T>(typed: Typed, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      try {
        fail(typed, `${what} took more than ${LIMIT_MS / 1000} s`);
      } catch (cause) {
        reject(cause);
      }
    }, LIMIT_MS);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function judge(typed: Typed, code: number | string): void {
  const { step, printed } = typed;
  const wanted = expectedCode(step);
  if (code !== wanted) fail(typed, `ended with ${code} instead of ${wanted}`);
  if (step.output !== null && printed.stdout !== step.output)
    fail(typed, `printed something else than the page says:\n${step.output}`);
}

/** The closing line of whatever serves: with it, nothing that was counted is lost. */
const CLOSING = /^transport: /m;

/** npx and the shell it uses die of the signal that they share with the program, or pass its code on: both are usual. */
function judgeInterrupted(typed: Typed, code: number | string): void {
  if (![0, 130, 'SIGINT'].includes(code)) fail(typed, `ended with ${code} at Ctrl+C`);
  if (!CLOSING.test(typed.printed.stdout)) fail(typed, 'lost its statistics at Ctrl+C');
}

/** Resolves when it listens; fails when it ends before. */
async function listens(typed: Typed): Promise<void> {
  const said = new Promise<void>((resolve) => {
    typed.child.stdout?.on('data', () => {
      if (/listening on /.test(typed.printed.stdout)) resolve();
    });
  });
  const early = typed.ended.then((code) => fail(typed, `ended with ${code} before it listened`));
  await bounded(typed, 'its start', Promise.race([said, early]));
  early.catch(() => undefined);
}

async function walk(folder: string): Promise<number> {
  const steps = findTour(readFileSync(join(ROOT, 'README.md'), 'utf8'));
  const serving: Typed[] = [];
  const all: Typed[] = [];
  try {
    for (const step of steps) {
      console.log(`$ ${step.command}`);
      const typed = type(step, folder);
      all.push(typed);
      if (staysUp(step.command)) {
        await listens(typed);
        serving.push(typed);
      } else judge(typed, await bounded(typed, 'it', typed.ended));
    }
    for (const typed of serving) {
      console.log(`^C ${typed.step.command}`);
      signal(typed, 'SIGINT');
      judgeInterrupted(typed, await bounded(typed, 'its end', typed.ended));
    }
  } finally {
    for (const typed of all) signal(typed, 'SIGKILL');
  }
  return steps.length;
}

async function main(): Promise<number> {
  if (!existsSync(join(ROOT, 'dist', 'harness', 'cli', 'main.js'))) {
    console.error('error: expected the built program, got no dist/harness/cli/main.js; npm run build');
    return 3;
  }
  const folder = linkedFolder();
  try {
    const commands = await walk(folder);
    // In the clone itself, too, where npx takes the package's own program. Last: it would repair its mode.
    const version = execFileSync('npx', ['matchstream', '--version'], { cwd: ROOT, encoding: 'utf8' });
    console.log(`$ npx matchstream --version\n${version.trimEnd()}`);
    console.log(`${commands} commands of the README do what it says`);
    return 0;
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : String(cause));
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
