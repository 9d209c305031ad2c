/**
 * What is in a recording or a capture: flows, addresses, protocols, counts, times, and what the network did where the
 * protocol has sequence numbers.
 */
import * as check from '../../src/base/arguments.ts';
import type { Progress } from '../../src/base/progress.ts';
import type { Statistics } from '../../src/metrics/catalogue.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import type { FlowProtocol, Protocol } from '../protocols/protocol.ts';
import type { Direction, FrameBatch } from '../recording/frameBatch.ts';
import { guessProtocol } from '../protocols/guessProtocol.ts';
import { readFlowAddresses } from '../recording/conversationFormat.ts';
import { openCheckedRecording, openRecording } from '../recording/reader.ts';
import { describeDamage } from '../recording/recording.ts';

/** More directions are counted, but not measured: each takes up to 5 MB. */
export const MAX_MEASURED = 128;

export interface InspectPlan {
  readonly path: string;
  /** Take the complete frames before any damage. */
  readonly recover: boolean;
  /** The protocol of all flows; null: each flow's is guessed from its first datagrams. */
  readonly protocol: Protocol | null;
  /** Where it says how much of the file has been read. Default: nowhere. */
  readonly progress?: Progress | undefined;
  /** Called with every index, in order of arrival. @param stream of the flow and direction, from 1 */
  readonly observe?: (flow: number, direction: Direction, stream: number, index: number) => void;
}

/** One direction of a flow. */
export interface InspectedDirection {
  readonly direction: Direction;
  readonly datagrams: number;
  readonly payloadBytes: number;
  /** Times of its first and last datagram, nanoseconds since the recording's start. */
  readonly firstNs: number;
  readonly lastNs: number;
  /** Streams with sequence numbers of their own, 1 or more. */
  readonly streams: number;
  /** Of all its streams: null without sequence numbers. */
  readonly lost: number | null;
  readonly duplicates: number | null;
  readonly reordered: number | null;
  /** Of the first stream: all metrics of a receiver at this place. */
  readonly statistics: Statistics | null;
  /** Datagrams without a sequence number: control, too short, out of any sequence. */
  readonly unindexed: number;
}

export interface InspectedFlow {
  readonly flow: number;
  /** Address and port as the file has them; null if it does not. */
  readonly client: string | null;
  readonly server: string | null;
  /** As after `--protocol`; null if it was not recognised. */
  readonly protocol: string | null;
  readonly isGuessed: boolean;
  /** Down before up; only those with datagrams. */
  readonly directions: readonly InspectedDirection[];
}

export interface Inspection {
  readonly path: string;
  readonly format: string;
  readonly compressed: boolean;
  readonly datagrams: number;
  readonly durationNs: number;
  readonly sha256: string;
  readonly seed: string | null;
  readonly generator: string | null;
  readonly flows: readonly InspectedFlow[];
  /** Damage, packets that are no datagrams, times that go back, a line each. */
  readonly notes: readonly string[];
}

class DirectionOf {
  datagrams = 0;
  payloadBytes = 0;
  firstNs = Number.NaN;
  lastNs = 0;
  unindexed = 0;
  readonly metrics: StreamMetrics[] = [];

  add(timeNs: number, lengthBytes: number): void {
    if (this.datagrams === 0) this.firstNs = timeNs;
    this.datagrams += 1;
    this.payloadBytes += lengthBytes;
    this.lastNs = timeNs;
  }
}

class FlowOf {
  client: string | null = null;
  server: string | null = null;
  readonly first: Record<Direction, Uint8Array[]> = { down: [], up: [] };
  readonly ways: Record<Direction, DirectionOf> = { down: new DirectionOf(), up: new DirectionOf() };
  protocol: Protocol | null = null;
  reader: FlowProtocol | null = null;
}

/** Datagrams of a direction that a protocol is guessed from. */
const GUESSED_FROM = 8;
/** Flows whose protocol is guessed: their first datagrams are kept. */
const MAX_GUESSED = 4096;

/** @throws UsageError for a file that cannot be read, and a damaged one, unless it is to be recovered */
export async function inspectRecording(plan: InspectPlan): Promise<Inspection> {
  check.path(plan.path, 'inspectRecording: path');
  const { path, recover, progress } = plan;
  const flows = new Map<number, FlowOf>();
  const recording = await openRecording(path, { recover, progress });
  for await (const batch of recording.batches()) countBatch(batch, flows);
  let measured = 0;
  for (const flow of flows.values()) {
    flow.protocol = plan.protocol ?? guessProtocol(flow.first);
    flow.first.down.length = 0;
    flow.first.up.length = 0;
    if (flow.protocol === null || measured >= MAX_MEASURED) continue;
    flow.reader = flow.protocol.open(() => true);
    measured += 2;
  }
  if (measured > 0) {
    const again = await openCheckedRecording(path, recover, progress);
    for await (const batch of again.batches()) measureBatch(batch, flows, plan.observe);
  }
  const { damage, header } = recording;
  return {
    path,
    format: recording.format,
    compressed: recording.compressed,
    datagrams: recording.frames,
    durationNs: recording.lastTimeNs,
    sha256: recording.sha256,
    seed: header.seed,
    generator: header.generator,
    flows: [...flows]
      .toSorted(([one], [other]) => one - other)
      .map(([number, flow]) => describeFlow(number, flow, plan.protocol === null)),
    notes: [...(damage === undefined ? [] : [describeDamage(recording, damage)]), ...recording.notes()],
  };
}

function countBatch(batch: FrameBatch, flows: Map<number, FlowOf>): void {
  for (let row = 0; row < batch.count; row += 1) {
    const number = batch.flows[row] as number;
    const direction = batch.upward[row] === 1 ? 'up' : 'down';
    let flow = flows.get(number);
    if (flow === undefined) {
      flow = new FlowOf();
      flows.set(number, flow);
      Object.assign(flow, readFlowAddresses(batch.extras[row] as string));
    }
    const start = batch.offsets[row] as number;
    const lengthBytes = batch.lengths[row] as number;
    flow.ways[direction].add(batch.timesNs[row] as number, lengthBytes);
    const first = flow.first[direction];
    if (first.length < GUESSED_FROM && flows.size <= MAX_GUESSED)
      first.push(Uint8Array.from(batch.bytes.subarray(start, start + lengthBytes)));
  }
}

function measureBatch(batch: FrameBatch, flows: Map<number, FlowOf>, observe: InspectPlan['observe']): void {
  for (let row = 0; row < batch.count; row += 1) {
    const flow = flows.get(batch.flows[row] as number);
    if (flow === undefined || flow.reader === null) continue;
    const direction = batch.upward[row] === 1 ? 'up' : 'down';
    const way = flow.ways[direction];
    const reader = flow.reader[direction];
    const lengthBytes = batch.lengths[row] as number;
    const index = reader.read(batch.bytes, batch.offsets[row] as number, lengthBytes);
    if (index < 1) {
      way.unindexed += 1;
      continue;
    }
    observe?.(batch.flows[row] as number, direction, reader.stream, index);
    const at = reader.stream - 1;
    const metrics = (way.metrics[at] ??= new StreamMetrics({ firstCount: null }));
    metrics.handleArrival(index, batch.timesNs[row] as number, reader.mediaTimeNs, lengthBytes);
  }
}

function describeFlow(number: number, flow: FlowOf, isGuessed: boolean): InspectedFlow {
  const directions = (['down', 'up'] as const).flatMap((direction): InspectedDirection[] => {
    const way = flow.ways[direction];
    if (way.datagrams === 0) return [];
    const { datagrams, payloadBytes, firstNs, lastNs, unindexed } = way;
    const all = way.metrics.map((metrics) => {
      metrics.finish(null);
      return metrics.statistics();
    });
    const total = (name: 'lost' | 'duplicates' | 'reordered'): number | null =>
      all.length === 0 ? null : all.reduce((sum, statistics) => sum + (statistics[name] ?? 0), 0);
    return [
      {
        direction,
        datagrams,
        payloadBytes,
        firstNs,
        lastNs,
        streams: Math.max(1, all.length),
        lost: total('lost'),
        duplicates: total('duplicates'),
        reordered: total('reordered'),
        statistics: all[0] ?? null,
        unindexed,
      },
    ];
  });
  const { client, server, protocol } = flow;
  return { flow: number, client, server, protocol: protocol?.text ?? null, isGuessed, directions };
}
