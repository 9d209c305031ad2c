/**
 * What many flows do to a proxy: memory, stalls of a flow that goes on, processor time of a datagram.
 */
import { median } from '../../src/base/ranks.ts';
import type { TransportName } from '../resolveTransport.ts';
import { Scene, wait } from './scene.ts';
import type { SceneFigures } from './scene.ts';
import type { Pulse } from './messages.ts';

export interface Size {
  /** Source ports that ask again and again, and for how long. */
  readonly ports: number;
  readonly askMs: number;
  /** Flows that become idle at once. */
  readonly idle: number;
  readonly idleMs: number;
  /** Flows that come one after the other, and the time for them. */
  readonly visits: number;
  readonly visitMs: number;
  /** Time for which a datagram's cost is measured, in turn with the other flow, and how often. */
  readonly costMs: number;
  readonly turns: number;
}

export const FULL: Size = {
  ports: 2000,
  askMs: 5000,
  idle: 1000,
  idleMs: 2000,
  visits: 20_000,
  visitMs: 60_000,
  costMs: 1000,
  turns: 8,
};
export const SMOKE: Size = {
  ports: 40,
  askMs: 200,
  idle: 40,
  idleMs: 500,
  visits: 60,
  visitMs: 300,
  costMs: 100,
  turns: 2,
};

/** A standing flow beside the others, and before them. */
export interface Stall {
  readonly beside: Pulse;
  readonly alone: Pulse;
}

export type Stalled = SceneFigures & Stall;

const TICK_MS = 10;
/** An answer that comes later finds nobody. */
const ANSWER_MS = 20_000;
const FOREVER_NS = 3600e9;
/** Time between two searches for idle flows, and some more. */
const SWEEP_MS = 1500;

const SPREAD: Readonly<Record<string, string>> = {};

/** Many source ports ask, a few at a time. @returns also the memory of a flow, bytes */
export async function manyPorts(
  transport: TransportName,
  { ports, askMs }: Size,
): Promise<Stalled & { readonly flowBytes: number }> {
  const scene = await Scene.open({ transport, maxFlows: ports + 1, idleNs: FOREVER_NS, knobs: SPREAD });
  try {
    const alone = await scene.beat();
    await scene.crowd.open(ports);
    const before = await scene.sample();
    await scene.pulse();
    const each = Math.max(1, Math.ceil((ports * TICK_MS) / 1000));
    let next = 0;
    // Everybody asks once at least.
    for (const endMs = performance.now() + askMs; performance.now() < endMs || next < ports; next += each) {
      const from = next % ports;
      scene.crowd.ask(from, from + each);
      await wait(TICK_MS);
    }
    const beside = await scene.pulse();
    const after = await scene.sample();
    return { ...(await scene.end()), alone, beside, flowBytes: (after.rssBytes - before.rssBytes) / ports };
  } finally {
    scene.close();
  }
}

/** Many flows fall silent together. */
export async function manyIdle(transport: TransportName, { idle, idleMs }: Size): Promise<Stalled> {
  const scene = await Scene.open({ transport, maxFlows: idle + 1, idleNs: idleMs * 1e6, knobs: SPREAD });
  try {
    const alone = await scene.beat();
    await scene.crowd.open(idle);
    scene.crowd.ask(0, idle);
    await wait(idleMs / 2);
    await scene.pulse();
    await wait(idleMs + SWEEP_MS);
    const beside = await scene.pulse();
    return { ...(await scene.end()), alone, beside };
  } finally {
    scene.close();
  }
}

/** Flows come one after the other, many more than may be open at a time. */
export async function manyVisits(transport: TransportName, { visits, visitMs }: Size): Promise<Stalled> {
  const scene = await Scene.open({ transport, maxFlows: 1024, idleNs: 60e9, knobs: SPREAD });
  try {
    const alone = await scene.beat();
    const startMs = performance.now();
    const under = new Set<Promise<void>>();
    for (let begun = 0; begun < visits;) {
      const due = Math.min(visits, Math.ceil(((performance.now() - startMs) / visitMs) * visits));
      for (; begun < due; begun += 1) {
        const visit = scene.crowd.visit(ANSWER_MS);
        under.add(visit);
        void visit.finally(() => under.delete(visit));
      }
      await wait(TICK_MS);
    }
    await Promise.all(under);
    const beside = await scene.pulse();
    return { ...(await scene.end()), alone, beside };
  } finally {
    scene.close();
  }
}

export interface Cost {
  /** Processor time of a datagram, microseconds. */
  readonly aloneUs: number;
  readonly besideUs: number;
  readonly faults: readonly string[];
}

/** A busy flow alone in one proxy, and beside many silent ones in another, in turn. */
export async function costBeside(
  transport: TransportName,
  { idle, costMs, turns }: Size,
  knobs: Readonly<Record<string, string>>,
): Promise<Cost> {
  const scenes: Scene[] = [];
  try {
    for (const flows of [0, idle]) {
      const scene = await Scene.open({ transport, maxFlows: idle + 1, idleNs: FOREVER_NS, knobs });
      scenes.push(scene);
      await scene.beat(BUSY);
      await scene.crowd.open(flows);
      scene.crowd.ask(0, flows);
      await scene.rest();
    }
    const costs: number[][] = scenes.map(() => []);
    for (let turn = 0; turn < turns; turn += 1) {
      for (const [k, scene] of scenes.entries()) {
        await scene.pulse();
        const before = await scene.sample();
        const { sent } = await scene.beat(BUSY, costMs);
        await scene.rest();
        const after = await scene.sample();
        costs[k]?.push((after.cpuUs - before.cpuUs) / sent);
      }
    }
    const faults: string[] = [];
    for (const scene of scenes) faults.push(...(await scene.end()).faults);
    const [aloneUs = Number.NaN, besideUs = Number.NaN] = costs.map((of) => median(of) ?? Number.NaN);
    return { aloneUs, besideUs, faults };
  } finally {
    for (const scene of scenes) scene.close();
  }
}

/** Datagrams of a busy flow every 2 ms. */
const BUSY = 8;
