/**
 * The process of a peer, with a time limit and never left running.
 *
 * Every process leads its own process group, so that its children end with it; it is ended by id, never by name.
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
  /** Its time limit. */
  readonly limitMs: number;
}

const STOP_LIMIT_MS = 3000;
const LINE_LENGTH = 200;

export class Child {
  /** Its output so far. */
  stdout = '';
  stderr = '';
  readonly #name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<void>;
  #code: number | null = null;
  #failure: string | null = null;
  #isOver = false;
  /** Length of the part of `stdout` that was returned as lines. */
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
    // A process that ended without reading its input reports the reason elsewhere.
    this.#process.stdin.on('error', () => undefined);
    const callOff = startTimer(() => {
      this.#failure = `did not end within ${plan.limitMs} ms; it was killed`;
      this.#signal('SIGKILL');
    }, plan.limitMs);
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        callOff();
        this.#isOver = true;
        // Ends its children too.
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

  /** The next line of its output. Throws EnvironmentError when it ends before. */
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

  /** Waits for its end. Resolves to its output; throws EnvironmentError unless its exit code is 0. */
  async done(): Promise<string> {
    await this.#ended;
    if (this.#code !== 0) throw this.#complaint(this.#failure ?? 'failed');
    return this.stdout;
  }

  /** Sends the signal, kills it if that does not help, and waits. Its exit code is ignored. */
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

/** Runs a program to its end and resolves to its output. */
export async function runToEnd(plan: ChildPlan): Promise<string> {
  const child = new Child(plan);
  child.closeInput();
  return child.done();
}
