/**
 * Measures processor time and wall time of this process while a stream runs.
 *
 * Processor time is that of the whole process, so it is that of a server or client only if it is alone in its process.
 */

export interface StreamUsage {
  /** User and system time of every thread of the process, seconds. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

export class UsageMeter {
  #began: { readonly cpu: NodeJS.CpuUsage; readonly atNs: number } | null = null;
  #usage: StreamUsage | null = null;

  /** The usage from `begin` to `end`; null unless both were called. */
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
