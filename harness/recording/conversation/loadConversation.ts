/**
 * Loads a conversation, and returns nothing before the whole file is checked. Of its payloads, the first are in memory and
 * the rest in a scratch file: a server's side answers in the order of its clients, not of the recording. What cannot be played is left
 * out, and named: flows that are not chosen, and datagrams of the server before its client sent any.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';
import { UsageError } from '../../../src/base/errors.ts';
import type { Progress } from '../../../src/base/progress.ts';
import type { FrameBatch } from '../frameBatch.ts';
import { openRecording } from '../reader.ts';
import { describeDamage } from '../recording.ts';
import { KEPT_BYTES } from '../recordedFlow.ts';
import { PayloadStore } from './payloadStore.ts';
import type { Conversation, ConversationFlow } from './conversation.ts';
import { readFlowAddresses } from '../conversationFormat.ts';
import type { FlowAddresses } from '../conversationFormat.ts';
import { formatFlow, isChosen, refuseChoice } from './flowChoice.ts';
import type { FlowChoice } from './flowChoice.ts';

const FIRST_ROWS = 1024;
/** Maximum number of flows that are named one by one. */
const MAX_NAMED = 8;

export interface ConversationOptions {
  /** The flows to play. Default: all. */
  readonly flows?: readonly FlowChoice[];
  /** Take the complete datagrams before any damage. Default false. */
  readonly recover?: boolean;
  /** Payloads that are kept in memory, bytes. Default 64 MiB. */
  readonly keepBytes?: number;
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
 * @throws UsageError for a damaged recording, one without datagrams of a client, and flows that it does not have;
 *   EnvironmentError where there is no room for its payloads
 */
export async function loadConversation(
  path: string,
  options: ConversationOptions = {},
): Promise<Conversation> {
  const { flows: choices = [], recover = false } = options;
  const recording = await openRecording(path, { recover, progress: options.progress });
  const reading = new Reading(choices, options.keepBytes ?? KEPT_BYTES);
  try {
    for await (const batch of recording.batches()) reading.take(batch);
    reading.check(path);
  } catch (cause) {
    reading.abandon();
    throw cause;
  }
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
  readonly #entries = new Map<number, FlowEntry>();
  readonly #played: FlowEntry[] = [];
  readonly #payloads: PayloadStore;
  readonly #lengths = new GrowingColumn(new Uint32Array(FIRST_ROWS));
  readonly #timesNs = new GrowingColumn(new Float64Array(FIRST_ROWS));
  readonly #flowOf = new GrowingColumn(new Uint16Array(FIRST_ROWS));
  readonly #upward = new GrowingColumn(new Uint8Array(FIRST_ROWS));
  readonly #places = new GrowingColumn(new Uint32Array(FIRST_ROWS));
  #count = 0;

  constructor(choices: readonly FlowChoice[], keepBytes: number) {
    this.#choices = choices;
    this.#payloads = new PayloadStore(keepBytes);
  }

  take(batch: FrameBatch): void {
    for (let row = 0; row < batch.count; row += 1) this.#takeRow(batch, row);
  }

  abandon(): void {
    this.#payloads.close();
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
    const at = this.#count;
    this.#count += 1;
    const lengthBytes = batch.lengths[row] as number;
    this.#payloads.put(batch.bytes, batch.offsets[row] as number, lengthBytes);
    this.#lengths.fit(at + 1);
    this.#timesNs.fit(at + 1);
    this.#flowOf.fit(at + 1);
    this.#upward.fit(at + 1);
    this.#places.fit(at + 1);
    this.#lengths.values[at] = lengthBytes;
    this.#timesNs.values[at] = batch.timesNs[row] as number;
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
  }

  columns(): Omit<Conversation, 'path' | 'header' | 'leftOut'> {
    const count = this.#count;
    this.#payloads.finish();
    return {
      count,
      payloads: this.#payloads,
      lengths: this.#lengths.values.subarray(0, count),
      timesNs: this.#timesNs.values.subarray(0, count),
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
