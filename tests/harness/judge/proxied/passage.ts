/** A proxy on a virtual clock, fed by hand, with the lists of a report; what left is written down besides. Not a test. */
import type { Pace } from '../../../../src/base/progress.ts';
import { readImpairment } from '../../../../harness/impairment/impairment.ts';
import type { Impairment } from '../../../../harness/impairment/impairment.ts';
import type { Share } from '../../../../harness/impairment/conditions.ts';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import type { AppliedChange } from '../../../../harness/proxy/changes/changes.ts';
import type { Timeline } from '../../../../harness/proxy/changes/timeline.ts';
import { fateLines } from '../../../../harness/proxy/told/fateLines.ts';
import { judgeProxied } from '../../../../harness/judge/proxied/judgeProxied.ts';
import type { Judgement } from '../../../../harness/judge/judge.ts';
import type { Protocol } from '../../../../harness/protocols/protocol.ts';
import { readProtocol } from '../../../../harness/protocols/allProtocols.ts';
import { ProxyEndpoint } from '../../../../harness/proxy/proxyEndpoint.ts';
import type { ProxiedFlow } from '../../../../harness/proxy/startProxy.ts';
import { Traffic } from '../../../../harness/proxy/told/traffic.ts';
import type { Peer } from '../../../../src/net/batch.ts';
import { oneRow } from '../../proxy/rows.ts';

const SERVER: Peer = { address: '10.0.0.1', port: 9000 };
const CLIENTS: readonly Peer[] = [1, 2, 3].map((client) => ({ address: `10.0.5.${client}`, port: 5000 }));
const LISTENING = 0;
const NO_DROPS = { drops: 0, coalesced: false };

/** What comes up: a number in 4 bytes, big-endian, its size, and how long after the one before. */
export interface Upward {
  readonly number: number;
  /** Whose, from 0. */
  readonly client?: number;
  /** In its place. */
  readonly payload?: Uint8Array;
  readonly sizeBytes?: number;
  readonly afterNs?: number;
}

type Phases = NonNullable<Parameters<typeof readImpairment>[0]['phases']>;

export class Passage {
  /** The numbers that left, in order; negative where the payload is not the one that came. */
  readonly left: number[] = [];
  readonly traffic: Traffic;
  readonly impairment: Impairment;
  readonly #protocol;
  readonly #proxy: ProxyEndpoint;
  #nowNs = 0;

  constructor(
    protocol: string,
    up: Knobs,
    {
      maxEntries,
      seed = '7',
      holdMaxNs = 1e9,
      timeline,
      phases = [],
    }: { maxEntries?: number; seed?: string; holdMaxNs?: number; timeline?: Timeline; phases?: Phases } = {},
  ) {
    this.#protocol = readProtocol(protocol, '--protocol');
    this.impairment = readImpairment({ seed, up, holdMaxNs, phases });
    this.traffic = new Traffic(maxEntries);
    this.#proxy = new ProxyEndpoint({
      server: SERVER,
      listening: 1,
      protocol: this.#protocol,
      impairment: this.impairment,
      isVirtual: true,
      traffic: this.traffic,
      keepFates: true,
      ...(timeline && { timeline }),
      openUpstream: (opening) => this.#proxy.upstreamOpened(opening, opening),
    });
  }

  feed(datagrams: readonly Upward[]): this {
    for (const { number, sizeBytes = 8, afterNs = 1e6, payload, client = 0 } of datagrams) {
      this.#until(this.#nowNs + afterNs);
      const batch = oneRow(payload ?? payloadOf(number, sizeBytes), this.#nowNs, CLIENTS[client] as Peer);
      this.#proxy.handleDatagrams(this.#nowNs, LISTENING, batch, 0, 1);
      this.#drain();
    }
    return this;
  }

  /** Other settings from now on. */
  change(up: Knobs, shares: readonly Share[] = []): AppliedChange {
    return this.#proxy.change(this.#nowNs, { ...this.#proxy.conditions, up: readKnobs(up), shares });
  }

  /** How often the first flow has moved to another port. */
  get rebinds(): number | undefined {
    return this.#proxy.reports()[0]?.rebinds;
  }

  /** The lines of the journal. */
  get journal(): readonly string[] {
    return this.#proxy.journal.lines.lines;
  }

  /** The lines of all fate files. */
  fates(): string[] {
    return this.#proxy.fateSources().flatMap((source) => [...fateLines(source)]);
  }

  /** Nothing comes any more: it ends, and is judged. */
  end(pace?: Pace): Judgement {
    this.#proxy.stop(this.#nowNs);
    this.#drain();
    for (let step = 0; step < 1e6 && !this.#proxy.finished; step += 1)
      this.#until(Math.max(this.#nowNs, this.#proxy.nextTimeoutNs()));
    this.#proxy.abandon();
    return judgedEndpoint(this.#proxy, this.traffic, this.#protocol, pace);
  }

  #until(timeNs: number): void {
    for (let step = 0; step < 1e6; step += 1) {
      const dueNs = this.#proxy.nextTimeoutNs();
      if (dueNs > timeNs) break;
      this.#nowNs = Math.max(this.#nowNs, dueNs);
      this.#proxy.handleTimeout(this.#nowNs);
      this.#drain();
      if (this.#proxy.finished) return;
    }
    this.#nowNs = timeNs;
  }

  #drain(): void {
    this.#proxy.drain({
      send: (port, _peer, batch, from, to) => {
        if (port === LISTENING) return to - from;
        for (let row = from; row < to; row += 1) this.left.push(numberOf(batch.payload(row)));
        return to - from;
      },
    });
  }
}

/** A proxy's endpoint that has ended on a virtual clock. */
export function judgedEndpoint(
  proxy: ProxyEndpoint,
  traffic: Traffic,
  protocol: Protocol,
  pace?: Pace,
): Judgement {
  const flows = proxy.reports().map((report): ProxiedFlow => ({
    ...report,
    kernelDown: NO_DROPS,
    kernelUp: NO_DROPS,
    receiverDrops: { down: null, up: null },
  }));
  const run = {
    report: {
      ports: [],
      flows,
      earlier: { ...proxy.earlier, kernelDropsDown: 0 },
      ignored: proxy.ignored,
      network: { transport: 'simulated', notes: [] },
      captured: null,
      unwritten: [],
    },
    traffic,
    protocol,
    isVirtual: true,
  };
  return judgeProxied(run, pace);
}

/** The number, then zeros. */
function payloadOf(number: number, sizeBytes: number): Uint8Array {
  const bytes = Buffer.alloc(sizeBytes);
  bytes.writeUInt32BE(number);
  return bytes;
}

function numberOf(payload: Uint8Array): number {
  const bytes = Buffer.from(payload);
  return bytes.subarray(4).every((byte) => byte === 0) ? bytes.readUInt32BE() : -1;
}

/** 1 to n. */
export const counting = (count: number): Upward[] =>
  Array.from({ length: count }, (_, k) => ({ number: k + 1 }));
