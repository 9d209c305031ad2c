/**
 * One flow of a recording, completely in memory, as needed for a replay.
 *
 * It reads the file once, and returns nothing before the whole file is checked.
 */
import * as check from '../../src/base/arguments.ts';
import type { Checks } from '../../src/base/arguments.ts';
import { stat } from 'node:fs/promises';
import { UsageError } from '../../src/base/errors.ts';
import type { Direction } from './frameBatch.ts';
import { FlowCounts } from './flowCounts.ts';
import type { FlowSummary } from './flowCounts.ts';
import { openRecording } from './reader.ts';
import { BATCH_BYTES, BATCH_FRAMES, damagedAt } from './recording.ts';
import type { Damage, Recording } from './recording.ts';
import { FlowColumns } from './recordedFlow.ts';
import type { RecordedFlow } from './recordedFlow.ts';
import { streamFrameProblem } from './streamFrame.ts';

/** Maximum memory of a loaded flow, bytes: its payloads, and 16 bytes per frame. */
const LOAD_LIMIT_BYTES = 2 ** 31;
const COLUMN_BYTES = 16;
const FIRST_ROWS = 1024;
/** Assumed ratio of text to gzip file size; if the text is longer, the arena grows. */
const INFLATION = 8;

export interface LoadOptions {
  /** The flow number, from 1. Default 1. */
  readonly flow?: number;
  /** Default down. */
  readonly direction?: Direction;
  /** Take the complete frames before any damage. Default false. */
  readonly recover?: boolean;
  /** Refuse a flow that is no stream of ours: each frame must be the stream's next datagram. Default false. */
  readonly stream?: boolean;
  /** Refuse a flow that takes more, bytes. Default and maximum: LOAD_LIMIT_BYTES. */
  readonly limitBytes?: number;
}

const CHECKS: Checks<LoadOptions> = {
  flow: check.optional(check.whole(1, 65_535)),
  direction: check.optional(check.oneOf('down', 'up')),
  recover: check.optional(check.flag),
  stream: check.optional(check.flag),
  limitBytes: check.optional(check.whole(1)),
};

export interface LoadedRecording extends RecordedFlow {
  readonly path: string;
  /** `jsonl`, `pcap` or `pcapng`. */
  readonly format: string;
  /** As of Recording. */
  readonly notes: readonly string[];
  /** Identity and modification time of the file; differs for another file or a modified one. */
  readonly state: string;
  /** Hash of the header and the complete frames of the whole recording, 64 hex digits. */
  readonly sha256: string;
  readonly flow: number;
  readonly direction: Direction;
  /** The flows and directions that were not loaded, by flow, down before up. */
  readonly leftOut: readonly FlowSummary[];
  /** The damage of the file, or of the stream in it; only with `recover`. */
  readonly damage?: Damage;
}

/**
 * Loads one flow. Throws UsageError for a damaged recording, for a flow it does not have and for one too large; with
 * `stream` also for a frame that is not the stream's next. With `recover` it stops before the first damage instead.
 */
export async function loadRecording(path: string, options: LoadOptions = {}): Promise<LoadedRecording> {
  check.shape(CHECKS)(options, 'loadRecording');
  const { flow = 1, direction = 'down', recover = false, stream = false } = options;
  const limitBytes = Math.min(options.limitBytes ?? LOAD_LIMIT_BYTES, LOAD_LIMIT_BYTES);
  const recording = await openRecording(path, { recover });
  const state = await recording.state();
  const counts = new FlowCounts();
  const columns = new FlowColumns(
    FIRST_ROWS,
    await maxPayloadBytes(recording, limitBytes),
    BATCH_FRAMES,
    BATCH_BYTES,
  );
  const upward = direction === 'up' ? 1 : 0;
  /** Position in the flow, from 1. */
  let place = 0;
  // The file is read to its end anyway: damage of the file is reported before faults of the stream.
  let stop: Damage | undefined;
  for await (const batch of recording.batches(columns.batch)) {
    counts.add(batch);
    for (let row = 0; row < batch.count && stop === undefined; row += 1) {
      if (batch.flows[row] !== flow || batch.upward[row] !== upward) continue;
      place += 1;
      // No hash covers a recovered recording, so messages are read completely.
      const reason = stream ? streamFrameProblem(recording.header, batch, row, place, recover) : undefined;
      if (reason !== undefined) {
        // The header is line 1.
        stop = { line: (batch.numbers[row] as number) + 1, reason };
        break;
      }
      // A flow that is too large is read to its end, to report its size.
      const neededBytes =
        columns.usedBytes + (batch.lengths[row] as number) + COLUMN_BYTES * (columns.count + 1);
      if (neededBytes <= limitBytes) columns.take(row);
    }
    columns.makeRoom();
  }
  if (stop !== undefined && !(recover && columns.count > 0))
    throw new UsageError(
      'recording-unsuitable',
      damagedAt(recording, stop),
      `${stop.reason}; ${remedyFor(columns.count)}`,
    );
  const summaries = counts.summaries();
  checkSize(path, summaries, { flow, direction, stream, limitBytes });
  const { header, sha256 } = recording;
  const damage = stop ?? recording.damage;
  return {
    path,
    format: recording.format,
    notes: recording.notes(),
    state,
    header,
    sha256,
    flow,
    direction,
    ...columns.columns(),
    leftOut: summaries.filter((other) => other.flow !== flow || other.direction !== direction),
    ...(damage === undefined ? {} : { damage }),
  };
}

/** The end of the message: a command plays what goes down; a program may choose another direction. */
function remedyOf({ flow, direction, stream }: Wanted, flows: readonly FlowSummary[]): string {
  if (flows.length === 0) return 'record it again';
  const isFirst = flow === 1 && direction === 'down';
  if (!stream && !isFirst) return 'give one of these as flow and direction';
  return flows.some((other) => other.direction === 'down')
    ? 'choose one of these that goes down with --flow'
    : 'what goes up is played with --to or --as-server';
}

type Wanted = Required<Pick<LoadOptions, 'flow' | 'direction' | 'stream' | 'limitBytes'>>;

/** Throws UsageError if the flow does not exist, or takes too much memory. */
function checkSize(path: string, flows: readonly FlowSummary[], about: Wanted): void {
  const { flow, direction, limitBytes } = about;
  const wanted = flows.find((entry) => entry.flow === flow && entry.direction === direction);
  if (wanted === undefined) {
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
  const neededBytes = wanted.payloadBytes + COLUMN_BYTES * wanted.frames;
  if (neededBytes > limitBytes) {
    throw new UsageError(
      'recording-unsuitable',
      path,
      `expected a flow of at most ${limitBytes} bytes in memory, got ${neededBytes}; record a shorter stream`,
    );
  }
}

const remedyFor = (sound: number): string =>
  sound === 0
    ? 'replay what matchstream record made; other conversations are played with --to or --as-server'
    : 'record it again, or replay what comes before it with --recover';

/** Upper limit of all payloads: no line is shorter than its payload. Unused memory costs nothing. */
async function maxPayloadBytes({ path, compressed }: Recording, limitBytes: number): Promise<number> {
  const { size } = await stat(path);
  return Math.min(limitBytes, compressed ? size * INFLATION : size);
}
