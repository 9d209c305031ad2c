/**
 * One flow of a recording as a replay needs it: completely in memory, or, if it is large, all but its payloads; or nothing
 * of its datagrams, to be read again while it is played.
 *
 * It reads the file once, and returns nothing before the whole file is checked.
 */
import * as check from '../../src/base/arguments.ts';
import type { Checks } from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { Progress } from '../../src/base/progress.ts';
import type { CheckedFlow } from './checkedFlow.ts';
import type { Direction, FrameBatch } from './frameBatch.ts';
import { FlowCounts } from './flowCounts.ts';
import type { FlowSummary } from './flowCounts.ts';
import { openRecording } from './reader.ts';
import { BATCH_BYTES, BATCH_FRAMES, damagedAt, newBatch } from './recording.ts';
import type { Damage, Recording } from './recording.ts';
import { FlowColumns, KEPT_BYTES } from './recordedFlow.ts';
import type { RecordedFlow } from './recordedFlow.ts';
import { streamFrameProblem } from './streamFrame.ts';

const FIRST_ROWS = 1024;

export interface ScanOptions {
  /** The flow number, from 1. Default 1. */
  readonly flow?: number;
  /** Default down. */
  readonly direction?: Direction;
  /** Take the complete frames before any damage. Default false. */
  readonly recover?: boolean;
  /** Refuse a flow that is no stream of ours: each frame must be the stream's next datagram. Default false. */
  readonly stream?: boolean;
  /** Where it says how much of the file has been read. Default: nowhere. */
  readonly progress?: Progress | undefined;
}

export interface LoadOptions extends ScanOptions {
  /** Keep payloads of at most so many bytes; of a larger flow keep digests. Default 64 MiB. */
  readonly keepBytes?: number;
}

const CHECKS: Checks<LoadOptions> = {
  flow: check.optional(check.whole(1, 65_535)),
  direction: check.optional(check.oneOf('down', 'up')),
  recover: check.optional(check.flag),
  stream: check.optional(check.flag),
  keepBytes: check.optional(check.whole(0)),
  progress: check.optional(check.progress),
};

/** A flow of which nothing is in memory, and what the check found. */
export interface ScannedFlow extends CheckedFlow {
  /** `jsonl`, `pcap` or `pcapng`. */
  readonly format: string;
  /** As of Recording. */
  readonly notes: readonly string[];
  /** Hash of the header and the complete frames of the whole recording, 64 hex digits. */
  readonly sha256: string;
  /** The flows and directions that were not loaded, by flow, down before up. */
  readonly leftOut: readonly FlowSummary[];
  /** The damage of the file, or of the stream in it; only with `recover`. */
  readonly damage?: Damage;
}

export type LoadedRecording = ScannedFlow & RecordedFlow;

/** A view of its first `max` datagrams. */
export function beginningOf(flow: LoadedRecording, max: number): LoadedRecording {
  const count = Math.min(max, flow.count);
  const lengths = flow.lengths.subarray(0, count);
  const payloadBytes = lengths.reduce((total, lengthBytes) => total + lengthBytes, 0);
  const timesNs = flow.timesNs.subarray(0, count);
  const rows = { ...flow, count, lengths, timesNs, payloadBytes, lastTimeNs: timesNs[count - 1] ?? 0 };
  if (!('bytes' in rows)) return { ...rows, digests: rows.digests.subarray(0, 2 * count) };
  return { ...rows, bytes: rows.bytes.subarray(0, payloadBytes), offsets: rows.offsets.subarray(0, count) };
}

/** What is made of the frames of a flow. */
interface Collector {
  /** The batch that the reader fills. */
  readonly batch: FrameBatch;
  take(row: number): void;
  /** Called when all wanted rows of a batch are taken. */
  makeRoom(): void;
}

/**
 * Loads one flow. Throws UsageError for a damaged recording and for a flow it does not have; with `stream` also for a
 * frame that is not the stream's next. With `recover` it stops before the first damage instead.
 */
export async function loadRecording(path: string, options: LoadOptions = {}): Promise<LoadedRecording> {
  check.shape(CHECKS)(options, 'loadRecording');
  const { recover = false, keepBytes = KEPT_BYTES } = options;
  const recording = await openRecording(path, { recover, progress: options.progress });
  // No line is shorter than its payload. Unused memory costs nothing.
  const payloadBytes = Math.min(keepBytes, recording.textBytes);
  const columns = new FlowColumns(FIRST_ROWS, payloadBytes, BATCH_FRAMES, BATCH_BYTES, keepBytes);
  const scanned = await scan(recording, options, columns);
  return { ...scanned, ...columns.columns() };
}

/** Checks a recording and one flow as `loadRecording` does, in constant memory. */
export async function scanRecording(path: string, options: ScanOptions = {}): Promise<ScannedFlow> {
  const recording = await openRecording(path, {
    recover: options.recover ?? false,
    progress: options.progress,
  });
  return scan(recording, options, {
    batch: newBatch(),
    take: () => undefined,
    makeRoom: () => undefined,
  });
}

async function scan(
  recording: Recording,
  { flow = 1, direction = 'down', recover = false, stream = false }: ScanOptions,
  collector: Collector,
): Promise<ScannedFlow> {
  const { path } = recording;
  const state = await recording.state();
  const counts = new FlowCounts();
  const upward = direction === 'up' ? 1 : 0;
  let count = 0;
  let payloadBytes = 0;
  let shortestBytes = Number.POSITIVE_INFINITY;
  let longestBytes = 0;
  let lastTimeNs = 0;
  // The file is read to its end anyway: damage of the file is reported before faults of the stream.
  let stop: Damage | undefined;
  for await (const batch of recording.batches(collector.batch)) {
    counts.add(batch);
    for (let row = 0; row < batch.count && stop === undefined; row += 1) {
      if (batch.flows[row] !== flow || batch.upward[row] !== upward) continue;
      // No hash covers a recovered recording, so messages are read completely.
      const reason = stream
        ? streamFrameProblem(recording.header, batch, row, count + 1, recover)
        : undefined;
      if (reason !== undefined) {
        // The header is line 1.
        stop = { line: (batch.numbers[row] as number) + 1, reason };
        break;
      }
      count += 1;
      const lengthBytes = batch.lengths[row] as number;
      payloadBytes += lengthBytes;
      shortestBytes = Math.min(shortestBytes, lengthBytes);
      longestBytes = Math.max(longestBytes, lengthBytes);
      lastTimeNs = batch.timesNs[row] as number;
      collector.take(row);
    }
    collector.makeRoom();
  }
  if (stop !== undefined && !(recover && count > 0))
    throw new UsageError(
      'recording-unsuitable',
      damagedAt(recording, stop),
      `${stop.reason}; ${remedyFor(count)}`,
    );
  const summaries = counts.summaries();
  expectFlow(path, summaries, { flow, direction, stream });
  const damage = stop ?? recording.damage;
  return {
    path,
    state,
    header: recording.header,
    flow,
    direction,
    count,
    payloadBytes,
    shortestBytes,
    longestBytes,
    lastTimeNs,
    isDamaged: damage !== undefined,
    format: recording.format,
    notes: recording.notes(),
    sha256: recording.sha256,
    leftOut: summaries.filter((other) => other.flow !== flow || other.direction !== direction),
    ...(damage === undefined ? {} : { damage }),
  };
}

type Wanted = Required<Pick<ScanOptions, 'flow' | 'direction' | 'stream'>>;

/** The end of the message: a command plays what goes down; a program may choose another direction. */
function remedyOf({ flow, direction, stream }: Wanted, flows: readonly FlowSummary[]): string {
  if (flows.length === 0) return 'record it again';
  const isFirst = flow === 1 && direction === 'down';
  if (!stream && !isFirst) return 'give one of these as flow and direction';
  return flows.some((other) => other.direction === 'down')
    ? 'choose one of these that goes down with --flow'
    : 'what goes up is played with --to or --as-server';
}

/** Throws UsageError if the flow does not exist. */
function expectFlow(path: string, flows: readonly FlowSummary[], about: Wanted): void {
  const { flow, direction } = about;
  if (flows.some((entry) => entry.flow === flow && entry.direction === direction)) return;
  const max = 8;
  const found = flows.slice(0, max).map((entry) => `${entry.flow} ${entry.direction}`);
  if (flows.length > max) found.push('…');
  throw new UsageError(
    'recording-unsuitable',
    path,
    `expected datagrams of flow ${flow} ${direction}, got ${found.join(', ') || 'no datagrams'}; ` +
      remedyOf(about, flows),
  );
}

const remedyFor = (sound: number): string =>
  sound === 0
    ? 'replay what matchstream record made; other conversations are played with --to or --as-server'
    : 'record it again, or replay what comes before it with --recover';
