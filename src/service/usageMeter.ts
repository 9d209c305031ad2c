/**
 * What this process spends while a stream runs: processor time and time passed, between two moments.
 *
 * An edge module: it asks the operating system. Processor time is the whole process's, so it says something of a
 * server or client only where that has a process to itself.
 */

export interface StreamUsage {
  /** User and system time of every thread of the process, seconds. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

export class UsageMeter {
  #began: { readonly cpu: NodeJS.CpuUsage; readonly atNs: number } | null = null;
  #usage: StreamUsage | null = null;

  /** What was spent from `begin` to `end`; null unless both were called. */
  get usage(): StreamUsage | null {
    return this.#usage;
  }

  begin(nowNs: number): void {
    this.#began = { cpu: process.cpuUsage(), atNs: nowNs };
  }

  end(nowNs: number): void {
    if (this.#began === null) return;
    const { user, system } = process.cpuUsage(this.#began.cpu);
    this.#usage = { cpuSeconds: (user + system) / 1e6, wallSeconds: (nowNs - this.#began.atNs) / 1e9 };
  }
}
