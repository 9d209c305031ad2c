/**
 * A child process of the virtual engine's benchmark: takes one task by message, measures it, answers, and ends.
 *
 * A separate process, because the peak memory of a process never falls. Only virtualSuite.ts starts it.
 */
import { readFileSync } from 'node:fs';
import { leaveSignalsToParent } from '../../src/service/signals.ts';
import { runVirtualStream } from './measureStream.ts';
import type { VirtualAnswer, VirtualTask } from './messages.ts';

/** Enough for the JIT compiler. */
const WARM_UP_DATAGRAMS = 300_000;

async function measure({ runs, ...stream }: VirtualTask): Promise<VirtualAnswer> {
  await runVirtualStream({ ...stream, datagrams: Math.min(stream.datagrams, WARM_UP_DATAGRAMS) });
  const seconds: number[] = [];
  const hashes = new Set<string>();
  const before = process.cpuUsage();
  for (let run = 0; run < runs; run += 1) {
    const startMs = performance.now();
    hashes.add(await runVirtualStream(stream));
    seconds.push((performance.now() - startMs) / 1e3);
  }
  const { user, system } = process.cpuUsage(before);
  if (hashes.size !== 1) {
    return { kind: 'failed', message: `equal runs came to ${[...hashes].join(' and ')}` };
  }
  const [hash] = [...hashes] as [string];
  return { kind: 'done', seconds, cpuSeconds: (user + system) / 1e6, peakRssMib: peakRssMib(), hash };
}

/** The kernel's figure if there is one: `maxRSS` includes the memory of the parent at the time of the fork. */
function peakRssMib(): number {
  try {
    const found = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (found !== null) return Number(found[1]) / 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS / 1024;
}

async function answer(task: VirtualTask): Promise<VirtualAnswer> {
  try {
    return await measure(task);
  } catch (cause) {
    return { kind: 'failed', message: (cause as Error).message };
  }
}

const send = (what: VirtualAnswer): void =>
  void process.send?.(what, undefined, undefined, () => process.disconnect());

process.on('message', (task: VirtualTask) => void answer(task).then(send));
leaveSignalsToParent();
process.on('disconnect', () => process.exit(0));
