/**
 * A peer's process: bounded in time, and never left running.
 *
 * Every process leads a group of its own, so that what it forks ends with it; it is ended by its own number, never by a
 * name.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { endGroup, keepGroup, signalGroup } from '../../harness/session/processGroup.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { startTimer } from '../../src/net/timer.ts';

export interface ChildPlan {
  readonly file: string;
  readonly args: readonly string[];
  /** The longest it may live. */
  readonly limitMs: number;
}

const STOP_LIMIT_MS = 3000;
const LINE_LENGTH = 200;

export class Child {
  /** What it has written so far. */
  stdout = '';
  stderr = '';
  readonly #name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<void>;
  #code: number | null = null;
  #failure: string | null = null;
  #isOver = false;
  /** Up to where `stdout` has been handed out as lines. */
  #readUpTo = 0;
  #heard: () => void = () => undefined;

  constructor(plan: ChildPlan) {
    this.#name = basename(plan.file);
    this.#process = spawn(plan.file, plan.args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const group = this.#process.pid;
    if (group !== undefined) keepGroup(group);
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#heard();
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    // A process that ended without reading its input says why elsewhere.
    this.#process.stdin.on('error', () => undefined);
    const callOff = startTimer(() => {
      this.#failure = `did not end within ${plan.limitMs} ms; it was killed`;
      this.#signal('SIGKILL');
    }, plan.limitMs);
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        callOff();
        this.#isOver = true;
        // Whatever it forked ends with it.
        if (group !== undefined) endGroup(group);
        this.#heard();
        resolve();
      };
      this.#process.on('error', (cause) => {
        this.#failure = `could not be started (${cause.message})`;
        end();
      });
      this.#process.on('exit', (code, signal) => {
        this.#code = code;
        if (code !== 0) this.#failure ??= `ended with ${signal ?? `exit code ${code}`}`;
      });
      this.#process.on('close', end);
    });
  }

  /** The next line it writes. Throws EnvironmentError when it ends before. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.stdout.indexOf('\n', this.#readUpTo);
      if (end >= 0) {
        const line = this.stdout.slice(this.#readUpTo, end);
        this.#readUpTo = end + 1;
        return line;
      }
      if (this.#isOver) throw this.#complaint('ended without an answer');
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  write(text: string): void {
    this.#process.stdin.write(text);
  }

  closeInput(): void {
    this.#process.stdin.end();
  }

  get over(): boolean {
    return this.#isOver;
  }

  /** Waits for its end. Resolves to what it wrote; throws EnvironmentError unless it ended well. */
  async done(): Promise<string> {
    await this.#ended;
    if (this.#code !== 0) throw this.#complaint(this.#failure ?? 'failed');
    return this.stdout;
  }

  /** Asks it to end, makes it when it does not, and waits. How it ends does not matter. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#isOver) return;
    this.#signal(signal);
    const kill = setTimeout(() => this.#signal('SIGKILL'), STOP_LIMIT_MS);
    await this.#ended.finally(() => clearTimeout(kill));
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#process.pid !== undefined) signalGroup(this.#process.pid, signal);
  }

  #complaint(why: string): EnvironmentError {
    const said = `${this.stderr}\n${this.stdout}`.trim().split('\n')[0] ?? '';
    return new EnvironmentError(
      'bench-failed',
      `${this.#name} ${this.#failure ?? why}${said === '' ? '' : `: ${said.slice(0, LINE_LENGTH)}`}`,
    );
  }
}

/** Runs a program to its end and resolves to what it wrote. */
export async function runToEnd(plan: ChildPlan): Promise<string> {
  const child = new Child(plan);
  child.closeInput();
  return child.done();
}
