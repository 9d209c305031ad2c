/**
 * Two endpoints of a simulation and the network between them: a flow of the proxy's, with its two directions.
 *
 * The endpoint that sends first is to the flow what a client is to a proxy: from it is `up`, to it is `down`.
 */
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import type { DatagramSink } from '../../../src/net/endpoint.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import type { Direction } from '../../impairment/schedule.ts';
import { FlowDirection } from '../../proxy/path/flowDirection.ts';
import type { DirectionOptions } from '../../proxy/proxyOptions.ts';
import { PathLog } from './datagramLog.ts';
import type { Leave, LogEntry } from './datagramLog.ts';
import type { Member } from './endpoints.ts';

/** What leaves is taken from the log, with the entry that it belongs to. */
const SINK: DatagramSink = { send: (_port, _peer, _batch, from, to) => to - from };
const PORT = 0;

/** Datagrams with an index, by the simulation's own count. */
export interface Carried {
  sent: number;
  delivered: number;
}

/** One direction of a pair. */
class Path {
  readonly log: PathLog;
  readonly carried: Carried = { sent: 0, delivered: 0 };
  readonly flow: FlowDirection;
  readonly config: ImpairmentConfig;
  readonly #towards: Peer;

  constructor(to: Member, config: ImpairmentConfig, leave: Leave, make: (log: PathLog) => FlowDirection) {
    this.config = config;
    this.log = new PathLog(leave);
    this.flow = make(this.log);
    this.#towards = { address: to.name, port: 1 };
  }

  drain(): void {
    this.flow.drain(SINK, PORT, this.#towards);
  }
}

export class Pair {
  readonly number: number;
  readonly first: Member;
  readonly second: Member;
  readonly up: Path;
  readonly down: Path;
  /** When it must wake next, nanoseconds. */
  nextNs = Number.POSITIVE_INFINITY;

  /**
   * @param first the endpoint that sends first
   * @param touch called when something is to leave that waited at a link all pairs share
   */
  constructor(
    number: number,
    first: Member,
    second: Member,
    options: DirectionOptions,
    leave: (entry: LogEntry, to: Member, batch: DatagramBatch, row: number) => void,
    touch: (pair: Pair) => void,
  ) {
    this.number = number;
    this.first = first;
    this.second = second;
    const readers = options.protocol.open(() => true);
    const start = { arrivalNs: Number.NaN };
    const one = (direction: Direction, to: Member): Path =>
      new Path(
        to,
        options.impairment[direction],
        (entry, batch, row) => leave(entry, to, batch, row),
        (way) =>
          new FlowDirection(options, {
            flow: number,
            direction,
            reader: readers[direction],
            start,
            way,
            // What a proxy tells of a flow, the log shows.
            found: () => undefined,
            struck: () => undefined,
            touch: () => touch(this),
          }),
      );
    this.up = one('up', second);
    this.down = one('down', first);
  }

  /** Takes a datagram, the row of a batch. */
  send(nowNs: number, entry: LogEntry, batch: DatagramBatch): void {
    const path = this[entry.direction];
    path.log.current = entry;
    path.flow.handle(nowNs, batch, 0);
    if (entry.index !== null) path.carried.sent += 1;
    path.flow.wake(nowNs);
    path.drain();
    this.nextNs = Math.min(this.up.flow.nextWakeNs(), this.down.flow.nextWakeNs());
  }

  /** Releases what is due. */
  wake(nowNs: number): void {
    this.up.flow.wake(nowNs);
    this.down.flow.wake(nowNs);
    this.drain();
  }

  drain(): void {
    this.up.drain();
    this.down.drain();
    this.nextNs = Math.min(this.up.flow.nextWakeNs(), this.down.flow.nextWakeNs());
  }
}
