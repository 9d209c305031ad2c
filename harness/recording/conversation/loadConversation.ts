/**
 * Loads a conversation into memory, and returns nothing before the whole file is checked. What cannot be played is left
 * out, and named: flows that are not chosen, and datagrams of the server before its client sent any.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';
import { UsageError } from '../../../src/base/errors.ts';
import type { Progress } from '../../../src/base/progress.ts';
import type { FrameBatch } from '../frameBatch.ts';
import { openRecording } from '../reader.ts';
import { BATCH_BYTES, BATCH_FRAMES, describeDamage } from '../recording.ts';
import { FlowColumns } from '../recordedFlow.ts';
import type { Conversation, ConversationFlow } from './conversation.ts';
import { readFlowAddresses } from '../conversationFormat.ts';
import type { FlowAddresses } from '../conversationFormat.ts';
import { formatFlow, isChosen, refuseChoice } from './flowChoice.ts';
import type { FlowChoice } from './flowChoice.ts';

/** Maximum memory of a conversation, bytes. */
const LOAD_LIMIT_BYTES = 2 ** 31;
/** Memory of a datagram besides its payload, with what playing it takes, bytes. */
const ROW_BYTES = 64;
const FIRST_ROWS = 1024;
/** Maximum number of flows that are named one by one. */
const MAX_NAMED = 8;

export interface ConversationOptions {
  /** The flows to play. Default: all. */
  readonly flows?: readonly FlowChoice[];
  /** Take the complete datagrams before any damage. Default false. */
  readonly recover?: boolean;
  /** Refuse a conversation that takes more, bytes. Default and maximum: 2 GiB. */
  readonly limitBytes?: number;
  /** Where it says how much of the file has been read. Default: nowhere. */
  readonly progress?: Progress;
}

/** A flow while the file is read. */
interface FlowEntry extends FlowAddresses {
  readonly number: number;
  readonly isChosen: boolean;
  /** Position among the flows that are played; −1 until its first request. */
  place: number;
  requests: number;
  answers: number;
  /** Answers before its first request. */
  early: number;
}

/**
 * @throws UsageError for a damaged recording, one without datagrams of a client, flows that it does not have, and one that
 *   is too large
 */
export async function loadConversation(
  path: string,
  options: ConversationOptions = {},
): Promise<Conversation> {
  const { flows: choices = [], recover = false } = options;
  const limitBytes = Math.min(options.limitBytes ?? LOAD_LIMIT_BYTES, LOAD_LIMIT_BYTES);
  const recording = await openRecording(path, { recover, progress: options.progress });
  const reading = new Reading(choices, limitBytes);
  for await (const batch of recording.batches(reading.batch)) reading.take(batch);
  reading.check(path);
  const { damage } = recording;
  return {
    path,
    header: recording.header,
    ...reading.columns(),
    leftOut: [
      ...recording.notes(),
      ...reading.leftOut(),
      ...(damage === undefined
        ? []
        : [`${describeDamage(recording, damage)}; the datagrams before it are played`]),
    ],
  };
}

class Reading {
  readonly #choices: readonly FlowChoice[];
  readonly #limitBytes: number;
  readonly #entries = new Map<number, FlowEntry>();
  readonly #played: FlowEntry[] = [];
  readonly #columns = new FlowColumns(FIRST_ROWS, BATCH_BYTES, BATCH_FRAMES, BATCH_BYTES, Infinity);
  readonly #flowOf = new GrowingColumn(new Uint16Array(FIRST_ROWS));
  readonly #upward = new GrowingColumn(new Uint8Array(FIRST_ROWS));
  readonly #places = new GrowingColumn(new Uint32Array(FIRST_ROWS));
  #neededBytes = 0;

  constructor(choices: readonly FlowChoice[], limitBytes: number) {
    this.#choices = choices;
    this.#limitBytes = limitBytes;
  }

  get batch(): FrameBatch {
    return this.#columns.batch;
  }

  take(batch: FrameBatch): void {
    for (let row = 0; row < batch.count; row += 1) this.#takeRow(batch, row);
    this.#columns.makeRoom();
  }

  #takeRow(batch: FrameBatch, row: number): void {
    const entry = this.#entryOf(batch.flows[row] as number, batch.extras[row] as string);
    const isRequest = batch.upward[row] === 1;
    if (isRequest) entry.requests += 1;
    else entry.answers += 1;
    if (!entry.isChosen) return;
    if (entry.place < 0) {
      if (!isRequest) {
        entry.early += 1;
        return;
      }
      entry.place = this.#played.push(entry) - 1;
    }
    // What is too large is read to its end, to report its size.
    this.#neededBytes += (batch.lengths[row] as number) + ROW_BYTES;
    if (this.#neededBytes > this.#limitBytes) return;
    const at = this.#columns.count;
    this.#columns.take(row);
    this.#flowOf.fit(at + 1);
    this.#upward.fit(at + 1);
    this.#places.fit(at + 1);
    this.#flowOf.values[at] = entry.place;
    this.#upward.values[at] = isRequest ? 1 : 0;
    this.#places.values[at] = isRequest ? entry.requests : entry.answers;
  }

  #entryOf(number: number, extra: string): FlowEntry {
    let entry = this.#entries.get(number);
    if (entry === undefined) {
      const addresses = readFlowAddresses(extra);
      const chosen = this.#choices.length === 0 || isChosen(this.#choices, number, addresses);
      entry = { number, ...addresses, isChosen: chosen, place: -1, requests: 0, answers: 0, early: 0 };
      this.#entries.set(number, entry);
    }
    return entry;
  }

  /** @throws UsageError if it cannot be played */
  check(path: string): void {
    const entries = [...this.#entries.values()];
    for (const choice of this.#choices)
      if (!entries.some((entry) => isChosen([choice], entry.number, entry)))
        refuseChoice(path, choice, entries);
    if (this.#played.length === 0) {
      throw new UsageError(
        'recording-unsuitable',
        path,
        `expected datagrams of a client, got ${entries.length === 0 ? 'no datagrams' : 'only those of a server'}; ` +
          'give a recording or a capture of both directions; a stream of matchstream is replayed without --to and --as-server',
      );
    }
    if (this.#neededBytes > this.#limitBytes) {
      throw new UsageError(
        'recording-unsuitable',
        path,
        `expected a conversation of at most ${this.#limitBytes} bytes in memory, got ${this.#neededBytes}; choose flows with --flow, or record less`,
      );
    }
  }

  columns(): Omit<Conversation, 'path' | 'header' | 'leftOut'> {
    const columns = this.#columns.columns();
    if (!('bytes' in columns)) throw new Error('a conversation keeps all of its payloads');
    const { count } = columns;
    return {
      ...columns,
      flows: this.#played.map(({ number, client, server, requests, answers, early }): ConversationFlow => ({
        number,
        client,
        server,
        requests,
        answers: answers - early,
      })),
      flowOf: this.#flowOf.values.subarray(0, count),
      upward: this.#upward.values.subarray(0, count),
      places: this.#places.values.subarray(0, count),
    };
  }

  leftOut(): string[] {
    const entries = [...this.#entries.values()];
    return [
      list(
        entries.filter((entry) => !entry.isChosen),
        ({ requests, answers }) => requests + answers,
        'not chosen by --flow',
      ),
      list(
        entries.filter(({ early }) => early > 0),
        ({ early }) => early,
        'sent by the server before its client sent any',
      ),
    ].filter((line) => line !== '');
  }
}

/** What is left out of some flows, as a line; empty for no flows. */
function list(entries: readonly FlowEntry[], countOf: (entry: FlowEntry) => number, why: string): string {
  if (entries.length === 0) return '';
  const names = entries.slice(0, MAX_NAMED).map((entry) => {
    const count = countOf(entry);
    return `flow ${formatFlow(entry.number, entry)}: ${count} datagram${count === 1 ? '' : 's'}`;
  });
  if (entries.length > MAX_NAMED) names.push(`and ${entries.length - MAX_NAMED} more flows`);
  return `left out, ${why}: ${names.join('; ')}`;
}
