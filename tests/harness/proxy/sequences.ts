/** A proxy for programs with a sequence number of their own, fed by hand on a virtual clock. Not a test. */
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { readProtocol, withProtocolUp } from '../../../harness/protocols/allProtocols.ts';
import { fateFileName } from '../../../harness/impairment/fates.ts';
import { describeEvent, isNotice } from '../../../harness/proxy/told/events.ts';
import { fateLines } from '../../../harness/proxy/told/fateLines.ts';
import { ProxyEndpoint } from '../../../harness/proxy/proxyEndpoint.ts';
import type { FlowReport } from '../../../harness/proxy/proxyEndpoint.ts';
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import { oneRow } from './rows.ts';
import { MS } from './stage.ts';

const SERVER: Peer = { address: '10.0.0.1', port: 9000 };
const CLIENT: Peer = { address: '10.0.5.1', port: 5000 };
const LISTENING = 0;
const UPSTREAM = 1;

export interface FeedOptions {
  readonly down?: Knobs;
  readonly up?: Knobs;
  readonly impairControl?: boolean;
  /** Of what goes up, where that is another one. */
  readonly protocolUp?: string;
}

export interface Fed {
  /** What left towards the server and towards the client, in order. */
  readonly up: Uint8Array[];
  readonly down: Uint8Array[];
}

export class Feed {
  readonly out: Fed = { up: [], down: [] };
  readonly notices: string[] = [];
  readonly #proxy: ProxyEndpoint;
  #nowNs = 0;

  constructor(protocol: string, { down = {}, up = {}, impairControl = false, protocolUp }: FeedOptions) {
    const both = readProtocol(protocol, '--protocol');
    this.#proxy = new ProxyEndpoint({
      server: SERVER,
      listening: 1,
      protocol: protocolUp === undefined ? both : withProtocolUp(both, readProtocol(protocolUp, '')),
      impairment: readImpairment({ seed: '7', down, up, impairControl }),
      keepFates: true,
      openUpstream: (opening) => this.#proxy.upstreamOpened(opening, UPSTREAM),
      observe: (event) => {
        if (isNotice(event)) this.notices.push(describeEvent(event));
      },
    });
  }

  /** Each datagram a millisecond after the one before. */
  up(...payloads: readonly Uint8Array[]): this {
    for (const payload of payloads) this.#handle(LISTENING, oneRow(payload, this.#nowNs, CLIENT));
    return this;
  }

  down(...payloads: readonly Uint8Array[]): this {
    for (const payload of payloads) this.#handle(UPSTREAM, oneRow(payload, this.#nowNs, SERVER));
    return this;
  }

  /** Nothing more comes. */
  end(): this {
    this.#proxy.stop(this.#nowNs);
    this.#drain();
    return this;
  }

  get report(): FlowReport {
    return this.#proxy.reports()[0] as FlowReport;
  }

  /** File name → its lines. */
  fates(): Record<string, string[]> {
    return Object.fromEntries(
      this.#proxy.fateSources().map((source) => [fateFileName(source.key), [...fateLines(source)]]),
    );
  }

  #handle(port: number, batch: DatagramBatch): void {
    this.#proxy.handleDatagrams(this.#nowNs, port, batch, 0, batch.count);
    this.#drain();
    this.#nowNs += MS;
    this.#proxy.handleTimeout(this.#nowNs);
    this.#drain();
  }

  #drain(): void {
    this.#proxy.drain({
      send: (port, _peer, batch, from, to) => {
        const heard = port === LISTENING ? this.out.down : this.out.up;
        for (let row = from; row < to; row += 1) heard.push(batch.payload(row).slice());
        return to - from;
      },
    });
  }
}

/** A payload that has a number where `field:TYPE@OFFSET` says, and nothing else. */
export function counted(type: 'u16be' | 'u32be' | 'u32le', offset: number, value: number): Uint8Array {
  const bytes = new Uint8Array(offset + (type === 'u16be' ? 2 : 4));
  const view = new DataView(bytes.buffer);
  if (type === 'u16be') view.setUint16(offset, value);
  else view.setUint32(offset, value, type === 'u32le');
  return bytes;
}

/** An RTP packet as RFC 3550, 5.1 draws it, with 8 bytes of payload. */
export function rtpPacket(ssrc: number, sequence: number, timestamp = 0): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, 96);
  view.setUint16(2, sequence);
  view.setUint32(4, timestamp);
  view.setUint32(8, ssrc);
  return bytes;
}
