/**
 * A recorded conversation: what clients and a server sent each other, in the order of the recording, and which answers
 * belong to which request. Every datagram of a client is a request, every datagram of the server an answer.
 *
 * An answer belongs to the last request before it in its flow; where requests are told apart by bytes that answers echo,
 * to the last one with the same bytes.
 */
import type { FlowRows } from '../recordedFlow.ts';
import type { ByteRanges } from './byteRanges.ts';
import type { FlowAddresses } from '../conversationFormat.ts';

/** One client of a conversation. */
export interface ConversationFlow extends FlowAddresses {
  /** Its number in the recording. */
  readonly number: number;
  /** Datagrams of the client, 1 or more. */
  readonly requests: number;
  /** Datagrams of the server. */
  readonly answers: number;
}

/** Payloads by row, of which one is looked at at a time. */
export interface Payloads {
  /** Where the payload of the row found last is, and its start: until the next one is looked for. */
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Looks for the payload of a row. @throws EnvironmentError where the disk does not give it */
  find(row: number): void;
  /** Gives back what is held open. */
  close(): void;
}

/** Rows are the datagrams of all flows, by time. */
export interface Conversation extends FlowRows {
  readonly path: string;
  readonly payloads: Payloads;
  readonly flows: readonly ConversationFlow[];
  /** Row → position in `flows`. */
  readonly flowOf: Uint16Array;
  /** Row → 1 for a request, 0 for an answer. */
  readonly upward: Uint8Array;
  /** Row → place among the datagrams of its flow and direction in the recording, from 1. */
  readonly places: Uint32Array;
  /** What of the recording is not played, a line each. */
  readonly leftOut: readonly string[];
}

/** Which answers belong to which request, as lists of rows. */
export interface Exchanges {
  /** Row of an answer → row of its request. */
  readonly requestOf: Int32Array;
  /** Row of a request → row of its first answer; −1 for none. */
  readonly firstAnswer: Int32Array;
  /** Row of an answer → row of the next answer to the same request; −1 after the last. */
  readonly nextAnswer: Int32Array;
}

/** @param echoed bytes that an answer copies from its request */
export function findExchanges(conversation: Conversation, echoed: ByteRanges): Exchanges {
  const { count, flowOf, upward } = conversation;
  const requestOf = new Int32Array(count).fill(-1);
  const firstAnswer = new Int32Array(count).fill(-1);
  const nextAnswer = new Int32Array(count).fill(-1);
  const lastAnswer = new Int32Array(count).fill(-1);
  const lastRequest = new Int32Array(conversation.flows.length).fill(-1);
  const byEcho = new Map<string, number>();
  for (let row = 0; row < count; row += 1) {
    const flow = flowOf[row] as number;
    const key = echoed.sizeBytes === 0 ? '' : `${flow} ${echoOf(conversation, row, echoed)}`;
    if (upward[row] === 1) {
      lastRequest[flow] = row;
      if (key !== '') byEcho.set(key, row);
      continue;
    }
    const request = byEcho.get(key) ?? (lastRequest[flow] as number);
    requestOf[row] = request;
    const before = lastAnswer[request] as number;
    if (before < 0) firstAnswer[request] = row;
    else nextAnswer[before] = row;
    lastAnswer[request] = row;
  }
  return { requestOf, firstAnswer, nextAnswer };
}

function echoOf({ payloads, lengths }: Conversation, row: number, echoed: ByteRanges): string {
  const found = new Uint8Array(echoed.sizeBytes);
  payloads.find(row);
  echoed.extract(payloads.bytes, payloads.start, lengths[row] as number, found, 0);
  return Buffer.from(found).toString('latin1');
}
