/**
 * The parts of a session: each started, waited for while none of the others is lost, and ended with them.
 *
 * It knows no part's task: what they are for is the session's.
 */
import type { Mode } from './startTask.ts';
import type { Running, Task } from './tasks.ts';

/** How parts are started, and waited for: on the machine's clock, or on one that is made to pass. */
export interface Executor {
  /** @param forked told, where the part gets a process of its own, how to end it while it is only starting */
  start<Role extends Task['role']>(
    mode: Mode,
    task: Extract<Task, { role: Role }>,
    forked: (kill: () => void) => void,
  ): Promise<Running<Role>>;
  /** @param limitMs after which it is given up, on a clock that passes by itself @param signal ends the wait before its time */
  wait<T>(promise: Promise<T>, limitMs: number, what: string, signal?: AbortSignal | null): Promise<T>;
}

/** A part may take so long to end when it is told to, milliseconds. */
const STOP_LIMIT_MS = 2000;
/** The same where server or proxy is lost: nobody is left to take leave of. */
const LOST_LIMIT_MS = 500;

export class SessionParts {
  /** Whether one that the others talk to was lost. */
  isServiceLost = false;
  readonly #mode: Mode;
  readonly #executor: Executor;
  readonly #signal: AbortSignal | null;
  readonly #parts: Part[] = [];
  /** Rejects with the first part that fails: the others would be waited for to the end of their time. */
  readonly #lost: Promise<never>;
  #reject: (cause: unknown) => void = () => undefined;

  /** @param signal after which nothing is started any more */
  constructor(mode: Mode, executor: Executor, signal: AbortSignal | null) {
    this.#mode = mode;
    this.#executor = executor;
    this.#signal = signal;
    this.#lost = new Promise((_resolve, reject) => {
      this.#reject = reject;
    });
    this.#lost.catch(() => undefined);
  }

  async start<Role extends Task['role']>(task: Extract<Task, { role: Role }>): Promise<Running<Role>> {
    this.#signal?.throwIfAborted();
    const part = new Part(task.role);
    this.#parts.push(part);
    const starting = this.#executor.start<Role>(this.#mode, task, (kill) => part.forked(kill));
    part.starting = starting as Promise<unknown> as Part['starting'];
    const running = await Promise.race([starting, this.#lost]);
    part.isRunning = true;
    running.done.catch((cause: unknown) => {
      this.isServiceLost ||= part.isService;
      this.#reject(cause);
    });
    return running;
  }

  /** Waits as long as no part is lost. */
  wait<T>(promise: Promise<T>, limitMs: number, what: string, signal?: AbortSignal | null): Promise<T> {
    return this.#executor.wait(Promise.race([promise, this.#lost]), limitMs, what, signal);
  }

  /**
   * Nothing outlives a failed session, also what was only starting: each part is asked, and killed when it does not end
   * soon. Clients come first, so that they can take leave of the server and know what it sent; where server or proxy is
   * lost, the rest has a moment, and what only starts has none.
   */
  async end(): Promise<void> {
    if (this.isServiceLost) {
      for (const part of this.#parts) if (!part.isRunning) part.killStarting();
      await this.#end(this.#parts, LOST_LIMIT_MS);
      return;
    }
    await this.#end(
      this.#parts.filter(({ isService }) => !isService),
      STOP_LIMIT_MS,
    );
    await this.#end(
      this.#parts.filter(({ isService }) => isService),
      STOP_LIMIT_MS,
    );
  }

  async #end(parts: readonly Part[], limitMs: number): Promise<void> {
    const end = async ({ starting }: Part): Promise<void> => {
      const task = await starting?.catch(() => null);
      if (!task) return;
      task.stop();
      await this.#executor.wait(task.done, limitMs, 'a task').catch(() => task.kill());
    };
    await Promise.all(parts.map(end));
  }
}

/** A part, from when its start is asked for. */
class Part {
  /** Whether it is one that clients talk to. */
  readonly isService: boolean;
  starting: Promise<Running<Task['role']>> | null = null;
  isRunning = false;
  #kill: (() => void) | null = null;
  #isUnwanted = false;

  constructor(role: Task['role']) {
    this.isService = role === 'server' || role === 'proxy';
  }

  forked(kill: () => void): void {
    this.#kill = kill;
    if (this.#isUnwanted) kill();
  }

  /** Its process ends at once, if it has one or will have one. */
  killStarting(): void {
    this.#isUnwanted = true;
    this.#kill?.();
  }
}
