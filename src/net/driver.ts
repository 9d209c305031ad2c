/**
 * Runs an endpoint on a transport and the real clock until it is finished.
 *
 * An edge module: it sets timers. It decides nothing about the stream; it only wakes the endpoint when an arrival
 * or a deadline is there, and drains it. Deadlines are absolute, so a late wake-up never shifts the next one.
 */
import type { DatagramBatch } from './batch.ts';
import type { Endpoint } from './endpoint.ts';
import type { Clock } from './clock.ts';
import { MAX_TIMER_MS } from './timer.ts';
import type { Transport } from './transport.ts';

/**
 * How a deadline is waited for. `sleep` uses the system's timer (late by up to 1 ms and more, nearly free), and for less
 * than 5 ms sleeps on the spot where the transport can do that, which costs less and is less late; `hybrid` sleeps by the
 * timer, then waits on the spot where the transport can do that precisely, and polls for what is left; `busy` polls all
 * the time.
 */
export type Pacing = 'sleep' | 'hybrid' | 'busy';

export const PACINGS: readonly Pacing[] = ['sleep', 'hybrid', 'busy'];

/** A timer may fire this late; a hybrid wait does without one from here on. */
const TIMER_LATENESS_NS = 1.5e6;
/** Then the rest of the event loop has a turn: timers, signals, the process that started this one. */
const MAX_TIME_ON_THE_SPOT_NS = 500e3;
/** The same for a wait that only sleeps: that is for less than this. */
const MAX_SLEEP_ON_THE_SPOT_NS = 5e6;
/** A wake-up costs tens of microseconds of processor time: between two that only sleep is at least this. */
const MIN_SLEEP_NS = 1.5e6;

interface DriveOptions {
  readonly pacing?: Pacing;
}

/** Drivers at work in this process: none waits on the spot while another may have something to do. */
let driversAtWork = 0;

export class Driver {
  /** Resolves when the endpoint is finished or the driver was stopped. */
  readonly done: Promise<void>;
  readonly #endpoint: Endpoint;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #pacing: Pacing;
  #resolve: () => void = () => undefined;
  #reject: (cause: unknown) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The deadline that the timer is set for; Infinity while none is. */
  #timerForNs = Number.POSITIVE_INFINITY;
  #immediate: NodeJS.Immediate | undefined;
  #working = false;
  #stopped = false;
  /** Until when it last slept on the spot. */
  #lastSleepNs = 0;

  /** The endpoint's ports are the transport's: both count from 0 in the order of opening. */
  constructor(endpoint: Endpoint, transport: Transport, clock: Clock, options: DriveOptions = {}) {
    this.#endpoint = endpoint;
    this.#transport = transport;
    this.#clock = clock;
    this.#pacing = options.pacing ?? 'sleep';
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    transport.onBatch = (port, batch) => this.#take(port, batch);
  }

  readonly #handleTimeout = (): void => {
    if (!this.#transport.congested) this.#endpoint.handleTimeout(this.#clock.nowNs());
  };

  /** Begins; call once, after the ports are open. */
  start(): void {
    this.#working = true;
    driversAtWork += 1;
    this.#turn();
  }

  /** Runs something on the endpoint, such as an interrupt, and then drains it. */
  act(action: (nowNs: number) => void): void {
    if (this.#stopped) return;
    this.#guarded(() => action(this.#clock.nowNs()));
  }

  /** Ends without waiting for the endpoint. */
  stop(): void {
    if (this.#working) driversAtWork -= 1;
    this.#working = false;
    this.#stopped = true;
    this.#unsetTimer();
    clearImmediate(this.#immediate);
    this.#resolve();
  }

  #take(port: number, batch: DatagramBatch): void {
    if (this.#stopped) return;
    this.#guarded(() => this.#endpoint.handleDatagrams(this.#clock.nowNs(), port, batch, 0, batch.count));
  }

  #turn(): void {
    if (this.#stopped) return;
    this.#guarded(this.#handleTimeout);
  }

  /** A broken invariant in the endpoint ends the run with that error instead of a crash in a socket callback. */
  #guarded(step: () => void): void {
    try {
      step();
      this.#endpoint.drain(this.#transport);
      this.#schedule();
    } catch (cause) {
      this.#reject(cause);
      this.stop();
    }
  }

  #schedule(): void {
    if (this.#endpoint.finished) {
      this.stop();
      return;
    }
    const nextNs = this.#endpoint.nextTimeoutNs();
    // Most arrivals move no deadline, or move it away: then the timer's wake-up comes in time to look again.
    if (this.#timerForNs <= nextNs && nextNs < Number.POSITIVE_INFINITY) return;
    this.#unsetTimer();
    if (nextNs === Number.POSITIVE_INFINITY) return;
    const sleepMs = this.#sleepMs(nextNs - this.#clock.nowNs());
    if (sleepMs === 0) {
      // An immediate lets arrivals in between two looks at the clock.
      this.#immediate ??= setImmediate(this.#look);
    } else {
      this.#timer = setTimeout(this.#wake, Math.min(sleepMs, MAX_TIMER_MS));
      this.#timerForNs = nextNs;
    }
  }

  #unsetTimer(): void {
    clearTimeout(this.#timer);
    this.#timerForNs = Number.POSITIVE_INFINITY;
  }

  readonly #wake = (): void => {
    this.#unsetTimer();
    this.#turn();
  };

  /** Step after step on the spot, for a while: a turn of the event loop costs as much as many datagrams. */
  readonly #look = (): void => {
    this.#immediate = undefined;
    if (!this.#waitsOnTheSpot()) return this.#turn();
    if (this.#stopped) return;
    const isExact = this.#pacing === 'hybrid';
    const endNs = this.#clock.nowNs() + (isExact ? MAX_TIME_ON_THE_SPOT_NS : MAX_SLEEP_ON_THE_SPOT_NS);
    this.#guarded(() => {
      do {
        const isTime = this.#waitOnTheSpot(endNs, isExact);
        this.#handleTimeout();
        this.#endpoint.drain(this.#transport);
        if (!isTime) return;
      } while (!this.#endpoint.finished && !this.#transport.congested && this.#clock.nowNs() < endNs);
    });
  };

  #waitsOnTheSpot(): boolean {
    const { waitUntil, congested } = this.#transport;
    return this.#pacing !== 'busy' && waitUntil !== undefined && driversAtWork === 1 && !congested;
  }

  /** Waits for the next deadline. False when something else is to be done first, or when that is beyond `endNs`. */
  #waitOnTheSpot(endNs: number, isExact: boolean): boolean {
    let untilNs = this.#endpoint.nextTimeoutNs();
    if (!isExact) {
      const nowNs = this.#clock.nowNs();
      if (untilNs > nowNs) untilNs = Math.max(untilNs, this.#lastSleepNs + MIN_SLEEP_NS);
      // It would be woken for nothing; after a turn of the event loop it may sleep all the way.
      if (untilNs > endNs) return false;
      this.#lastSleepNs = untilNs;
    }
    return this.#transport.waitUntil?.(untilNs, endNs, isExact) ?? false;
  }

  /** How long to sleep before a deadline that is `waitNs` away; 0 looks at the clock again at once. */
  #sleepMs(waitNs: number): number {
    if (waitNs <= 0 || this.#pacing === 'busy') return 0;
    if (this.#pacing === 'sleep' && waitNs < MAX_SLEEP_ON_THE_SPOT_NS && this.#waitsOnTheSpot()) return 0;
    // Rounded down, a hybrid wait never sleeps into its last stretch; rounded up, a plain one never wakes in vain.
    if (this.#pacing === 'hybrid') return Math.max(Math.floor((waitNs - TIMER_LATENESS_NS) / 1e6), 0);
    return Math.ceil(waitNs / 1e6);
  }
}
