/**
 * Runs one test file in a process of its own and judges it.
 *
 * Nothing is taken on trust: the file passes only when its process reported its tests, all of them passed, nothing was
 * left running, and the process then ended by itself with code 0. A process that outlives its limit is killed by pid,
 * with the processes it started. It never prints.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildProcess } from 'node:child_process';
import type { Message } from './messages.ts';
import { MESSAGE_DESCRIPTOR } from './messages.ts';

export interface Limits {
  /** Longest a file may take, milliseconds. */
  readonly limitMs: number;
  /** Longest its process may stay alive after its last test, milliseconds. */
  readonly lingerMs: number;
}

export interface Outcome {
  readonly file: string;
  readonly passed: number;
  /** Failed tests; at least 1 when there is a problem. */
  readonly failed: number;
  readonly skipped: number;
  /** Full names of the tests that were skipped by themselves. */
  readonly skippedTitles: readonly string[];
  /** What is wrong besides failing tests, a sentence each. */
  readonly problems: readonly string[];
  /** What the process printed, its last part if that was much. */
  readonly output: string;
  readonly tookMs: number;
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
const MAX_OUTPUT_CHARACTERS = 64 * 1024;

const running = new Set<ChildProcess>();

/** Kills a test process and whatever it started: it leads a process group of its own. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // No such group: all of it has ended already.
  }
}

/** Kills every test process still running; for a runner that is itself being stopped. */
export function killAll(): void {
  for (const child of running) killGroup(child);
}

function readMessages(text: string): Message[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Message);
}

/** How the process ended, and when. */
interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  /** False when its output was still held open, by a process it started, LINGER after its end. */
  readonly closed: boolean;
}

function untilEnded(child: ChildProcess, { limitMs, lingerMs }: Limits): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let timedOut = false;
    let orphanTimer: NodeJS.Timeout | undefined;
    const watchdog = setTimeout(() => {
      timedOut = true;
      killGroup(child);
    }, limitMs);
    const end = (closed: boolean): void => {
      clearTimeout(watchdog);
      clearTimeout(orphanTimer);
      resolve({ code: child.exitCode, signal: child.signalCode, timedOut, closed });
    };
    child.once('error', (cause) => {
      clearTimeout(watchdog);
      reject(cause);
    });
    child.once('exit', () => {
      clearTimeout(watchdog);
      // A runner that was held up runs its timers before it learns of what has been closed meanwhile.
      orphanTimer = setTimeout(() => setImmediate(() => setImmediate(() => end(false))), lingerMs);
    });
    child.once('close', () => end(true));
  });
}

function judge(
  messages: readonly Message[],
  ending: Ending,
  pid: number | undefined,
  limits: Limits,
): string[] {
  const finished = messages.find((message) => message.kind === 'finished');
  const lingering = messages.find((message) => message.kind === 'lingering');
  const last = messages.findLast((message) => message.kind === 'started');
  const during = last === undefined ? 'before its first test' : `in "${last.title}"`;
  const how = ending.signal === null ? `code ${ending.code}` : ending.signal;
  const problems = [...(finished?.problems ?? [])];
  if (ending.timedOut) {
    problems.push(
      `killed (pid ${pid}) after ${limits.limitMs / 1000} s ${finished ? 'although its tests had ended' : during}`,
    );
  } else if (finished === undefined) {
    problems.push(`its process ended (${how}) ${during}`);
  } else if (lingering !== undefined) {
    const names = lingering.resources.join(', ') || 'unnamed';
    problems.push(`left something running ${limits.lingerMs / 1000} s after its last test: ${names}`);
  } else if (ending.code !== 0 && finished.failed === 0) {
    problems.push(`its process ended (${how}) after its tests had passed`);
  }
  if (!ending.closed) problems.push('left something running: a process it started outlives it');
  return problems;
}

/** Runs `file` (a path) and resolves with its outcome; rejects only when no process can be started. */
export async function runFile(file: string, limits: Limits): Promise<Outcome> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, file, String(limits.lingerMs)], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  let output = '';
  let messageText = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-MAX_OUTPUT_CHARACTERS);
    });
  }
  const messagePipe = child.stdio[MESSAGE_DESCRIPTOR] as NodeJS.ReadableStream;
  messagePipe.setEncoding('utf8').on('data', (text: string) => {
    messageText += text;
  });

  let ending: Ending;
  try {
    ending = await untilEnded(child, limits);
  } finally {
    running.delete(child);
    killGroup(child);
    for (const stream of child.stdio) stream?.destroy();
  }

  const messages = readMessages(messageText);
  const problems = judge(messages, ending, child.pid, limits);
  const finished = messages.find((message) => message.kind === 'finished');
  const failed = finished?.failed ?? 0;
  return {
    file,
    passed: finished?.passed ?? 0,
    failed: problems.length > 0 ? Math.max(1, failed) : failed,
    skipped: finished?.skipped ?? 0,
    skippedTitles: finished?.skippedTitles ?? [],
    problems,
    output,
    tookMs: performance.now() - startedMs,
  };
}
