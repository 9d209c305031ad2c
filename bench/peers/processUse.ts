/**
 * What a process uses of the processor: the time of all its threads, and how often they were woken.
 *
 * It reads the kernel's accounts in /proc, which are exact to the nanosecond where the kernel keeps them.
 */
import { readFileSync, readdirSync } from 'node:fs';

export interface ProcessUse {
  readonly cpuNs: number;
  /** Times that a thread gave up the processor to wait. */
  readonly waits: number;
}

/** Since the start of the process; null if the kernel does not tell. */
export function processUse(processId: number): ProcessUse | null {
  const threads = `/proc/${processId}/task`;
  let cpuNs = 0;
  let waits = 0;
  try {
    for (const thread of readdirSync(threads)) {
      const [ranNs = ''] = readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ');
      const counted = /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(
        readFileSync(`${threads}/${thread}/status`, 'utf8'),
      );
      cpuNs += Number(ranNs);
      waits += Number(counted?.[1]);
    }
  } catch {
    return null;
  }
  return Number.isFinite(waits) ? { cpuNs, waits } : null;
}
