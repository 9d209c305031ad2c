/**
 * Who may have a flow: clients without one are met here, and those that have not proved their address are judged.
 *
 * It opens, promotes and gives up flows in the table; what it refuses is counted by reason, and told once for each sender.
 */
import { isLoopback } from '../../../src/base/loopback.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import type { Handshake, Judgement, Refusal } from '../../protocols/protocol.ts';
import type { Ending } from '../ending.ts';
import type { LoopChecks } from '../ports/loopChecks.ts';
import { isSamePeer } from '../ports/route.ts';
import type { Upstream } from '../ports/upstream.ts';
import type { ProxyOptions } from '../proxyOptions.ts';
import type { Ignoring } from '../told/ignored.ts';
import { MAX_CANDIDATES } from './candidates.ts';
import type { Flow } from './flow.ts';
import { MAX_FLOWS } from './flowTable.ts';
import type { FlowTable } from './flowTable.ts';
import type { WatchedFor } from './flowWatch.ts';
import { Trust } from './trust.ts';

/** The rest of the endpoint. */
export interface Around {
  readonly flows: FlowTable;
  readonly upstream: Upstream;
  readonly loops: LoopChecks;
  readonly ending: Ending;
  readonly ignoring: Ignoring;
  readonly watched: () => WatchedFor;
}

export class Admission {
  readonly #options: ProxyOptions;
  readonly #around: Around;
  /** Addresses that are accepted without proof. */
  readonly #believes: (address: string) => boolean;

  constructor(options: ProxyOptions, around: Around) {
    this.#options = options;
    this.#around = around;
    this.#believes = (address) => options.allowUnverified === true || isLoopback(address);
  }

  /** A datagram from a client without a flow: opens one, or reports why not. It may be this proxy's own. */
  meet(nowNs: number, listenPort: number, batch: DatagramBatch, row: number): Flow | undefined {
    const { loops, ignoring } = this.#around;
    if (loops.isOwn(nowNs, batch, row)) {
      ignoring.counts.loop += 1;
      return undefined;
    }
    const flow = this.#open(nowNs, listenPort, batch, row);
    if (flow !== undefined) loops.noteOpening(nowNs, flow, batch, row);
    return flow;
  }

  #open(nowNs: number, listenPort: number, batch: DatagramBatch, row: number): Flow | undefined {
    const { flows, upstream, ending, ignoring, watched } = this.#around;
    const client = batch.sources[row] as Peer;
    if (ending.isAsked) {
      ignoring.counts.tooLate += 1;
      return undefined;
    }
    const arrivalNs = batch.timesNs[row] as number;
    if (isSamePeer(client, upstream.server) || flows.isOwn(client, arrivalNs)) {
      return ignoring.ignore('loop', client, () => ({ kind: 'loop', client }));
    }
    const { protocol } = this.#options;
    const isSource = protocol.admission === 'source';
    const number = isSource ? flows.admitted + 1 : listenPort + 1;
    // Nothing is allocated for a source that cannot have a flow.
    if (isSource && !this.#hasPlace(number, client, arrivalNs)) return undefined;
    const made = protocol.open(this.#believes);
    const { server } = upstream;
    const opening = { number, listenPort, client, server, nowNs, protocol: made, watched: watched() };
    if (made.handshake === null) return flows.open({ ...opening, trust: null }, null);
    const { asks, proves, refusal } = judgeRow(made.handshake, client, batch, row);
    if (refusal !== null && !asks) return this.#refuse(client, refusal);
    if (!this.#hasPlace(number, client, arrivalNs)) return undefined;
    if (refusal !== null) return this.#refuse(client, refusal);
    const leaving = proves ? null : flows.whoGivesWay(nowNs, client.address);
    if (leaving !== null) {
      ignoring.say('crowded', '', () => ({ kind: 'crowded', max: MAX_CANDIDATES }));
      if (leaving === 'nobody') return void (ignoring.counts.crowded += 1);
    }
    const trust = new Trust(proves, () => this.#withhold(client));
    return flows.open({ ...opening, trust }, leaving);
  }

  /** Whether a datagram of a client with a flow is passed on; until the client is verified, each is judged. */
  passes(flow: Flow, trust: Trust, batch: DatagramBatch, row: number): boolean {
    const { flows } = this.#around;
    const { client } = flow;
    const handshake = flow.protocol.handshake as Handshake;
    const { bytes, offsets, lengths } = batch;
    if (trust.isVerified) {
      const refusal = handshake.refusal(client, bytes, offsets[row] as number, lengths[row] as number);
      if (refusal !== null) this.#refuse(client, refusal);
      return refusal === null;
    }
    trust.noteArrival(lengths[row] as number);
    const { proves, refusal } = judgeRow(handshake, client, batch, row);
    if (refusal !== null) this.#refuse(client, refusal);
    if (refusal !== null || !proves) return refusal === null;
    if (!this.#hasPlace(flow.number, client, batch.timesNs[row] as number)) {
      flows.giveUp(flow);
      return false;
    }
    trust.isVerified = true;
    flows.promote(flow);
    return true;
  }

  /** Whether a flow may have this number now; if not, reports why. */
  #hasPlace(number: number, client: Peer, arrivalNs: number): boolean {
    const { flows, ignoring } = this.#around;
    const place = flows.placeFor(number, arrivalNs);
    if (place === 'taken') {
      ignoring.ignore('portTaken', client, () => ({ kind: 'port taken', client, flow: number }));
    }
    if (place === 'no port') ignoring.ignore('noPort', client, () => ({ kind: 'no port', client }));
    if (place !== 'full') return place === 'free';
    const { maxFlows = MAX_FLOWS } = this.#options;
    const gone = flows.makePlace();
    if (gone === null) {
      ignoring.ignore('flowsFull', client, () => ({ kind: 'flows full', client, maxFlows }));
      return false;
    }
    ignoring.counts.gaveWay += 1;
    ignoring.say('gave way', '', () => ({
      kind: 'gave way',
      flow: gone.number,
      client: gone.client,
      maxFlows,
    }));
    return true;
  }

  #refuse(client: Peer, refusal: Refusal): undefined {
    const { kind } = refusal;
    const text = (): string => refusal.describe(formatHostPort(client.address, client.port));
    return this.#around.ignoring.ignore(kind, client, () => ({
      kind: 'refused',
      client,
      reason: kind,
      text: text(),
    }));
  }

  #withhold(client: Peer): undefined {
    return this.#around.ignoring.ignore('withheld', client, () => ({ kind: 'withheld', client }));
  }
}

/** The verdict on a datagram of an unverified client. */
function judgeRow(handshake: Handshake, client: Peer, batch: DatagramBatch, row: number): Judgement {
  const { bytes, offsets, lengths } = batch;
  return handshake.judge(client, bytes, offsets[row] as number, lengths[row] as number);
}
