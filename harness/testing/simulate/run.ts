/**
 * The simulation's event loop: time jumps from event to event, and nothing is random but the schedules.
 *
 * At one time, what is due in the network leaves first, then it is received in the order of leaving, then timeouts are called
 * in the order in which the endpoints are listed.
 */
import { AssertionError } from 'node:assert';
import { refuseValue } from '../../../src/base/arguments.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { DatagramBatch, MAX_DATAGRAM_BYTES } from '../../../src/net/batch.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import type { Direction } from '../../impairment/schedule.ts';
import { HeldDatagrams } from '../../proxy/path/heldDatagrams.ts';
import { SharedDirections } from '../../proxy/path/sharedDirection.ts';
import { fixedConditions } from '../../proxy/changes/fixedConditions.ts';
import type { DirectionOptions } from '../../proxy/proxyOptions.ts';
import type { LogEntry } from './datagramLog.ts';
import { Member } from './endpoints.ts';
import { Pair } from './pair.ts';
import { pathName } from './simulateOptions.ts';
import type { SimulateSettings } from './simulateOptions.ts';

/** Why a run ended: nothing is under way and no timeout is due, or `until` said so. */
export type Ended = 'quiet' | 'until';

/** Timeouts that may be called at one time. */
const MAX_TIMEOUTS_AT_ONCE = 10_000;
/** Timeouts while nothing leaves the network: more than one a millisecond for the longest time that a run has by default. */
const MAX_TIMEOUTS_ALONE = 5_000_000;

/** A datagram that has left the network. */
interface Arrival {
  readonly entry: LogEntry;
  readonly to: Member;
  readonly payload: Uint8Array;
}

/** Memory that runs use one after the other; a run within a run takes other memory. */
const spare: { readonly batch: DatagramBatch; readonly held: HeldDatagrams }[] = [];

export class SimulationRun {
  nowMs = 0;
  readonly log: LogEntry[] = [];
  /** In the order in which they first sent. */
  readonly pairs: Pair[] = [];
  readonly #settings: SimulateSettings;
  readonly #members: readonly Member[];
  readonly #named: ReadonlyMap<string, Member>;
  readonly #shared: SharedDirections;
  readonly #isShared: boolean;
  /** Pairs of which something is to leave that waited at a shared link. */
  readonly #touched = new Set<Pair>();
  readonly #memory = spare.pop() ?? {
    batch: new DatagramBatch(1, MAX_DATAGRAM_BYTES),
    held: new HeldDatagrams(),
  };
  #arrivals: Arrival[] = [];
  #nowNs = 0;
  #isOver = false;

  constructor(settings: SimulateSettings) {
    this.#settings = settings;
    const { down, up } = settings.impairment;
    this.#shared = new SharedDirections(settings.impairment);
    this.#isShared = down.shared || up.shared;
    const send = (from: Member, payload: Uint8Array, to: string | undefined): void =>
      this.#send(from, payload, to);
    this.#members = settings.endpoints.map(([name, endpoint]) => new Member(name, endpoint, this, send));
    this.#named = new Map(this.#members.map((member) => [member.name, member]));
  }

  /** @throws AssertionError for a run that does not end; and what an endpoint throws */
  run(): Ended {
    const { until, maxNs } = this.#settings;
    for (const member of this.#members) member.start();
    let timeouts = 0;
    let alone = 0;
    for (;;) {
      if (this.#receive()) return this.#end('until');
      const due = this.#nextMember();
      const pairNs = this.#nextPairNs();
      if (due.dueMs === Number.POSITIVE_INFINITY && pairNs === Number.POSITIVE_INFINITY)
        return this.#end('quiet');
      const memberNs = due.dueMs * 1e6;
      const nextNs = Math.max(Math.min(memberNs, pairNs), this.#nowNs);
      if (nextNs > maxNs) this.#endless(`it would go on at ${nextNs / 1e6} ms of virtual time`, 'maxTime');
      if (nextNs > this.#nowNs) timeouts = 0;
      this.#nowNs = nextNs;
      if (pairNs <= nextNs) {
        this.nowMs = Math.max(this.nowMs, nextNs / 1e6);
        this.#wake();
        alone = 0;
      } else {
        timeouts += 1;
        alone += 1;
        if (alone > MAX_TIMEOUTS_ALONE)
          this.#endless(
            `timeout() has been called ${MAX_TIMEOUTS_ALONE} times and nothing left the network, the last time of ${due.name} for ${due.dueMs} ms`,
            null,
          );
        if (timeouts > MAX_TIMEOUTS_AT_ONCE)
          this.#endless(
            `nextTimeoutMs() of ${due.name} still gives ${due.dueMs} when timeout() has been called ${MAX_TIMEOUTS_AT_ONCE} times at that time`,
            null,
          );
        // To the letter what it gave: what is rounded could be before it.
        this.nowMs = Math.max(this.nowMs, due.dueMs);
        due.timeout();
      }
      if (until?.(this.nowMs) === true) return this.#end('until');
    }
  }

  /** Datagrams that have left the network and were not received. */
  arriving(entries: (entry: LogEntry) => boolean): number {
    return this.#arrivals.filter(({ entry }) => entries(entry)).length;
  }

  /** Asks all, for a call of one may have changed another. Returns the first of those with the earliest timeout. */
  #nextMember(): Member {
    let [due] = this.#members as readonly [Member];
    for (const member of this.#members) {
      member.ask();
      if (member.dueMs < due.dueMs) due = member;
    }
    return due;
  }

  #nextPairNs(): number {
    let nextNs = this.#isShared ? this.#shared.nextNs : Number.POSITIVE_INFINITY;
    for (const pair of this.pairs) if (pair.nextNs < nextNs) nextNs = pair.nextNs;
    return nextNs;
  }

  #wake(): void {
    for (const pair of this.pairs) if (pair.nextNs <= this.#nowNs) pair.wake(this.#nowNs);
    this.#settleShared();
  }

  /** Lets out what leaves the links that all pairs share. */
  #settleShared(): void {
    if (!this.#isShared) return;
    this.#shared.wake(this.#nowNs);
    for (const pair of this.#touched) pair.drain();
    this.#touched.clear();
  }

  /** Hands out what has left, and what leaves meanwhile. Returns whether the run is to end. */
  #receive(): boolean {
    const { until } = this.#settings;
    for (let k = 0; k < this.#arrivals.length; k += 1) {
      const { entry, to, payload } = this.#arrivals[k] as Arrival;
      entry.arrivedMs.push(this.nowMs);
      if (entry.index !== null) (this.pairs[entry.flow - 1] as Pair)[entry.direction].carried.delivered += 1;
      to.receive(payload, entry.from);
      if (until?.(this.nowMs) !== true) continue;
      this.#arrivals = this.#arrivals.slice(k + 1);
      return true;
    }
    this.#arrivals.length = 0;
    return false;
  }

  #send(from: Member, payload: Uint8Array, named: string | undefined): void {
    const subject = `simulate: endpoints: ${from.name}: send()`;
    if (this.#isOver)
      throw new UsageError(
        'value-range',
        subject,
        'expected a call while the simulation runs, got one when it was over',
      );
    if (!(payload instanceof Uint8Array)) refuseValue(`${subject}: payload`, 'bytes, a Uint8Array', payload);
    if (payload.length > MAX_DATAGRAM_BYTES)
      refuseValue(
        `${subject}: payload`,
        `at most ${MAX_DATAGRAM_BYTES} bytes, as UDP carries`,
        payload.length,
        '',
        'value-range',
      );
    const to = this.#receiver(from, named, subject);
    if (this.log.length >= this.#settings.maxDatagrams)
      this.#endless(
        `${this.log.length} datagrams were sent by ${this.nowMs} ms of virtual time`,
        'maxDatagrams',
      );
    const pair = from.pairs.get(to) ?? this.#meet(from, to);
    const entry: LogEntry = {
      number: this.log.length + 1,
      from: from.name,
      to: to.name,
      flow: pair.number,
      direction: pair.first === from ? 'up' : 'down',
      index: null,
      repeat: 1,
      sentMs: this.nowMs,
      sizeBytes: payload.length,
      drop: null,
      copies: 0,
      hold: 0,
      corrupt: null,
      delayMs: 0,
      queueDropped: 0,
      arrivedMs: [],
    };
    this.log.push(entry);
    const { batch } = this.#memory;
    batch.clear();
    batch.append(payload, 0, payload.length, this.#nowNs);
    pair.send(this.#nowNs, entry, batch);
    this.#settleShared();
  }

  #receiver(from: Member, given: string | undefined, subject: string): Member {
    const name = given ?? (from.isReceiving ? from.from : this.#onlyOther(from));
    const to = name === undefined ? undefined : this.#named.get(name);
    if (to === undefined || to === from) {
      const others = this.#members.filter((member) => member !== from).map((member) => member.name);
      refuseValue(`${subject}: to`, `one of ${others.join(', ')}`, name, '', 'unknown-choice');
    }
    return to;
  }

  #onlyOther(from: Member): string | undefined {
    if (this.#members.length > 2) return undefined;
    return this.#members.find((member) => member !== from)?.name;
  }

  /** Two endpoints that have sent nothing to each other before. */
  #meet(from: Member, to: Member): Pair {
    const { impairment, protocol, pathConfig } = this.#settings;
    const up = pathConfig(pathName(from.name, to.name));
    const down = pathConfig(pathName(to.name, from.name));
    // What a path has of its own, it has in all phases.
    const conditions = <C extends Readonly<Record<Direction, ImpairmentConfig>>>(of: C): C => ({
      ...of,
      down: down ?? of.down,
      up: up ?? of.up,
    });
    const own = { ...conditions(impairment), phases: impairment.phases.map(conditions) };
    const options: DirectionOptions = {
      protocol,
      impairment: own,
      changes: fixedConditions(own),
      keepFates: true,
      isVirtual: true,
      held: this.#memory.held,
      // What has settings of its own shares nothing.
      shared: { down: down === null ? this.#shared.down : null, up: up === null ? this.#shared.up : null },
    };
    const pair = new Pair(
      this.pairs.length + 1,
      from,
      to,
      options,
      (entry, receiver, { bytes, offsets, lengths }, row) => {
        const start = offsets[row] as number;
        const payload = bytes.slice(start, start + (lengths[row] as number));
        this.#arrivals.push({ entry, to: receiver, payload });
      },
      (touched) => void this.#touched.add(touched),
    );
    this.pairs.push(pair);
    from.pairs.set(to, pair);
    to.pairs.set(from, pair);
    return pair;
  }

  #end(why: Ended): Ended {
    this.#isOver = true;
    for (const { up, down } of this.pairs) {
      up.flow.abandon();
      down.flow.abandon();
    }
    if (this.#memory.held.usedBytes === 0) spare.push(this.#memory);
    return why;
  }

  #endless(what: string, option: 'maxTime' | 'maxDatagrams' | null): never {
    this.#isOver = true;
    const last = this.log
      .slice(-LAST_TOLD)
      .map(({ from, to, sentMs }) => `${pathName(from, to)} at ${sentMs} ms`);
    const remedy = option === null ? '' : `; end it with until, or give ${option} more`;
    throw new AssertionError({
      message:
        `simulate: expected the run to end, but ${what}${remedy}; seed ${JSON.stringify(this.#settings.impairment.seed)}; ` +
        (last.length === 0 ? 'nothing was sent' : `the last that was sent: ${last.join(', ')}`),
      stackStartFn: SimulationRun,
    });
  }
}

/** Datagrams that an endless run names. */
const LAST_TOLD = 4;
