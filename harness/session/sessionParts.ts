/**
 * The parts of a session: starts them, waits for them unless one fails, and ends all of them together.
 */
import type { Mode } from './startTask.ts';
import type { Running, Task } from './tasks.ts';

/** How parts are started and waited for: on the machine's clock, or on a simulated one. */
export interface Executor {
  /** @param forked receives a function that kills the part's process while it is starting; not called without a process */
  start<Role extends Task['role']>(
    mode: Mode,
    task: Task<Role>,
    forked: (kill: () => void) => void,
  ): Promise<Running<Role>>;
  /** @param limitMs when to give up; a simulated clock needs no limit @param signal ends the wait early */
  wait<T>(promise: Promise<T>, limitMs: number, what: string, signal?: AbortSignal | null): Promise<T>;
}

/** Time for a part to end after it is asked to, milliseconds. */
const STOP_LIMIT_MS = 2000;
/** The same if the server or the proxy failed: clients have nobody to unregister with. */
const LOST_LIMIT_MS = 500;

export class SessionParts {
  /** Whether the server or the proxy has failed. */
  isServiceLost = false;
  readonly #mode: Mode;
  readonly #executor: Executor;
  readonly #signal: AbortSignal | null;
  readonly #parts: Part[] = [];
  /** Rejects with the first failure of a part, so that nobody waits for the others until their time limit. */
  readonly #lost: Promise<never>;
  #reject: (cause: unknown) => void = () => undefined;

  /** @param signal once aborted, no further part is started */
  constructor(mode: Mode, executor: Executor, signal: AbortSignal | null) {
    this.#mode = mode;
    this.#executor = executor;
    this.#signal = signal;
    this.#lost = new Promise((_resolve, reject) => {
      this.#reject = reject;
    });
    this.#lost.catch(() => undefined);
  }

  async start<Role extends Task['role']>(task: Task<Role>): Promise<Running<Role>> {
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

  /** Waits for a promise; rejects early if a part fails. */
  wait<T>(promise: Promise<T>, limitMs: number, what: string, signal?: AbortSignal | null): Promise<T> {
    return this.#executor.wait(Promise.race([promise, this.#lost]), limitMs, what, signal);
  }

  /**
   * Ends all parts of a failed session: each is asked to end, and killed if it does not within the limit. Clients end
   * first, so that they can still unregister and learn what the server sent. If the server or the proxy failed, parts that
   * are still starting are killed at once.
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

/** A part that is starting or running. */
class Part {
  /** Whether it is the server or the proxy. */
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

  /** Kills its process, now or as soon as it has one. */
  killStarting(): void {
    this.#isUnwanted = true;
    this.#kill?.();
  }
}
