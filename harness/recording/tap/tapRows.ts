/**
 * What becomes of a row in the file: a frame of a recording, or a packet of a capture with what was decided of it.
 */
import type { RecordingHeader } from '../format.ts';
import { endpointsFor } from '../capture/endpoints.ts';
import type { Endpoints } from '../capture/endpoints.ts';
import { CONVERSATION_HEADER } from '../conversationFormat.ts';
import { RecordingWriter } from '../writer.ts';
import { PassageEncoder } from './passageEncoder.ts';
import { commentsOf, isDropped, isExit } from './passageWords.ts';
import type { TapChunk } from './tapChunk.ts';
import type { Met, TapStart } from './tapMessages.ts';

export interface TapRows {
  readonly writer: RecordingWriter;
  /** Rows at the exit of the proxy so far. */
  readonly exits: number;
  /** Clients, or streams, are numbered in this order. */
  meet(met: Met): void;
  /** If it returns a promise, await it: the disk is behind. @param timeNs since the first one */
  append(chunk: TapChunk, row: number, timeNs: number): Promise<void> | undefined;
}

const payloadOf = (chunk: TapChunk, row: number): Uint8Array => {
  const start = chunk.starts[row] as number;
  return chunk.bytes.subarray(start, start + (chunk.lengths[row] as number));
};

export class RecordedRows implements TapRows {
  readonly writer: RecordingWriter;
  readonly exits = 0;
  readonly #clients: { readonly flow: number; members: string }[] = [];

  /** @param keepsPartial whether a file that does not come to its end stays, as `NAME.partial` */
  constructor(path: string, header: RecordingHeader = CONVERSATION_HEADER, keepsPartial = true) {
    this.writer = new RecordingWriter(path, header, { keepsPartial });
  }

  meet(met: Met): void {
    if ('flow' in met) this.#clients.push({ ...met });
  }

  append(chunk: TapChunk, row: number, timeNs: number): Promise<void> | undefined {
    const client = this.#clients[chunk.clients[row] as number] as { flow: number; members: string };
    const { flow, members } = client;
    client.members = '';
    const direction = chunk.upward[row] === 1 ? 'up' : 'down';
    return this.writer.append(timeNs, payloadOf(chunk, row), flow, direction, members);
  }
}

class CapturedRows implements TapRows {
  readonly writer: RecordingWriter;
  exits = 0;
  readonly #encoder: PassageEncoder;
  readonly #streams: { readonly endpoints: Endpoints; readonly name: string }[] = [];

  constructor(path: string, about: string, isDirect: boolean) {
    this.#encoder = new PassageEncoder(about);
    const options = { keepsPartial: true, isDirect, encoder: this.#encoder, isUnhashed: true };
    this.writer = new RecordingWriter(path, CONVERSATION_HEADER, options);
  }

  meet(met: Met): void {
    if ('flow' in met) return;
    const { client, server, name } = met;
    const endpoints = endpointsFor(client, server);
    if (endpoints === null) throw new Error(`no numeric addresses: ${client}, ${server}`);
    this.#streams.push({ endpoints, name });
  }

  append(chunk: TapChunk, row: number, timeNs: number): Promise<void> | undefined {
    const stream = this.#streams[chunk.clients[row] as number] as { endpoints: Endpoints; name: string };
    const isLeaving = isExit(chunk, row);
    if (isLeaving) this.exits += 1;
    this.#encoder.tell({
      endpoints: stream.endpoints,
      isExit: isLeaving,
      isDropped: isDropped(chunk, row),
      comments: commentsOf(chunk, row, stream.name),
    });
    return this.writer.append(timeNs, payloadOf(chunk, row), 1, chunk.upward[row] === 1 ? 'up' : 'down');
  }
}

/** @throws UsageError, EnvironmentError if the file cannot be made */
export const tapRows = (start: TapStart): TapRows =>
  start.kind === 'recording'
    ? new RecordedRows(start.path)
    : new CapturedRows(start.path, start.about, start.isVirtual);
