/**
 * Runs an endpoint on a transport and the real clock until it is finished.
 *
 * It wakes the endpoint on every arrival and deadline, and drains it. Deadlines are absolute, so a late wake-up never
 * shifts the next one.
 */
import type { DatagramBatch } from './batch.ts';
import type { Endpoint } from './endpoint.ts';
import type { Clock } from './clock.ts';
import { MAX_TIMER_MS } from './timer.ts';
import type { Transport } from './transport.ts';

/**
 * How a deadline is waited for. `sleep` uses the system's timer, which is cheap and late by 1 ms or more; for less than
 * 5 ms it blocks the thread in `waitUntil` if the transport has it, which is cheaper and less late. `hybrid` sleeps by
 * the timer, then blocks in an exact `waitUntil` or polls. `busy` polls all the time.
 */
export type Pacing = 'sleep' | 'hybrid' | 'busy';

export const PACINGS: readonly Pacing[] = ['sleep', 'hybrid', 'busy'];

/** A timer may fire this late, so a hybrid wait uses no timer for the last part of this length. */
const TIMER_LATENESS_NS = 1.5e6;
/** After blocking this long, the event loop gets a turn for timers, signals and messages of the parent process. */
const MAX_BLOCKING_NS = 500e3;
/** The same for `sleep`; longer waits use a timer. */
const MAX_BLOCKING_SLEEP_NS = 5e6;
/**
 * For this long after an arrival, the next one is waited for in `waitUntil`: a wake-up through the event loop takes tens
 * of microseconds longer. It ends, so that an idle process is not woken.
 */
const LINGER_NS = 100e6;
/** Minimum time between two wake-ups of `sleep`, because each costs tens of microseconds of processor time. */
const MIN_SLEEP_NS = 1.5e6;

/**
 * Arrivals that are known go before deadlines, so that nothing leaves before what arrived earlier; but after so many
 * turns deadlines are looked at all the same, or a flood of one port would hold up all others.
 */
const MAX_TURNS_OF_ARRIVALS = 64;

/** Active drivers in this process: a driver blocks the thread only if it is the only one. */
let activeDrivers = 0;

export class Driver {
  /** Resolves when the endpoint is finished or the driver was stopped. */
  readonly done: Promise<void>;
  readonly #endpoint: Endpoint;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #pacing: Pacing;
  /** Whether the process waits for a deadline. */
  readonly #keepsAlive: boolean;
  #resolve: () => void = () => undefined;
  #reject: (cause: unknown) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The deadline that the timer is set for; Infinity without a timer. */
  #timerForNs = Number.POSITIVE_INFINITY;
  #immediate: NodeJS.Immediate | undefined;
  #working = false;
  #stopped = false;
  /** When it last woke from a sleep in `waitUntil`. */
  #lastSleepNs = 0;
  #lastArrivalNs = Number.NEGATIVE_INFINITY;
  /** Turns in a row in which arrivals were known, so that deadlines were not looked at. */
  #turnsOfArrivals = 0;

  /** The endpoint's ports are the transport's: both count from 0 in the order of opening. */
  constructor(
    endpoint: Endpoint,
    transport: Transport,
    clock: Clock,
    pacing: Pacing = 'sleep',
    keepsAlive = true,
  ) {
    this.#keepsAlive = keepsAlive;
    this.#endpoint = endpoint;
    this.#transport = transport;
    this.#clock = clock;
    this.#pacing = pacing;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    transport.onBatch = (port, batch) => this.#take(port, batch);
    transport.onSendFailure = (port, peer, datagrams) => endpoint.handleSendFailure?.(port, peer, datagrams);
    transport.onRefused = (port, peer, count) => {
      if (this.#stopped || endpoint.handleRefused === undefined) return;
      this.#guarded(() => endpoint.handleRefused?.(clock.nowNs(), port, peer, count));
    };
  }

  readonly #handleTimeout = (): void => {
    this.#turnsOfArrivals = 0;
    // What was read has an earlier time than this step.
    this.#transport.handOver?.(this.#endpoint.ordersByArrival === true);
    if (!this.#stopped && !this.#transport.congested) this.#endpoint.handleTimeout(this.#clock.nowNs());
  };

  /** Starts the endpoint; to be called once, after the ports are open. */
  start(): void {
    this.#working = true;
    activeDrivers += 1;
    this.#turn();
  }

  /** Calls the action on the endpoint, such as an interrupt, and then drains the endpoint. */
  act(action: (nowNs: number) => void): void {
    if (this.#stopped) return;
    this.#guarded(() => action(this.#clock.nowNs()));
  }

  /** Stops without waiting for the endpoint. */
  stop(): void {
    if (this.#working) activeDrivers -= 1;
    this.#working = false;
    this.#stopped = true;
    this.#unsetTimer();
    clearImmediate(this.#immediate);
    this.#resolve();
  }

  #take(port: number, batch: DatagramBatch): void {
    if (this.#stopped) return;
    this.#guarded(() => {
      const nowNs = this.#clock.nowNs();
      this.#lastArrivalNs = nowNs;
      this.#endpoint.handleDatagrams(nowNs, port, batch, 0, batch.count);
    });
  }

  #turn(): void {
    if (this.#stopped) return;
    this.#guarded(this.#handleTimeout);
  }

  /** A broken invariant in the endpoint ends the run with that error instead of a crash in a socket callback. */
  #guarded(step: () => void): void {
    try {
      step();
      // A step may contain another one, which may have ended the run.
      if (this.#stopped) return;
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
    if (this.#lingers()) {
      this.#immediate ??= setImmediate(this.#repeatSteps);
      return;
    }
    const nextNs = this.#endpoint.nextTimeoutNs();
    // Most arrivals leave the deadline or postpone it: then the timer already set fires early enough.
    if (this.#timerForNs <= nextNs && nextNs < Number.POSITIVE_INFINITY) return;
    this.#unsetTimer();
    if (nextNs === Number.POSITIVE_INFINITY) return;
    const sleepMs = this.#sleepMs(nextNs - this.#clock.nowNs());
    if (sleepMs === 0) {
      // An immediate lets arrivals be handled between two readings of the clock.
      this.#immediate ??= setImmediate(this.#repeatSteps);
    } else {
      this.#timer = setTimeout(this.#wake, Math.min(sleepMs, MAX_TIMER_MS));
      if (!this.#keepsAlive) this.#timer.unref();
      this.#timerForNs = nextNs;
    }
  }

  #unsetTimer(): void {
    clearTimeout(this.#timer);
    this.#timerForNs = Number.POSITIVE_INFINITY;
  }

  /** Before a deadline that was missed, the event loop reads what has arrived meanwhile. */
  readonly #wake = (): void => {
    const isLate = this.#clock.nowNs() > this.#timerForNs;
    this.#unsetTimer();
    if (isLate) this.#immediate ??= setImmediate(this.#repeatSteps);
    else this.#turn();
  };

  /** Repeats steps for a while within one turn of the event loop, because a turn costs as much as many datagrams. */
  readonly #repeatSteps = (): void => {
    this.#immediate = undefined;
    if (!this.#mayBlock()) return this.#turn();
    if (this.#stopped) return;
    const isExact = this.#pacing === 'hybrid';
    const isShort = isExact && !this.#lingers();
    const endNs = this.#clock.nowNs() + (isShort ? MAX_BLOCKING_NS : MAX_BLOCKING_SLEEP_NS);
    this.#guarded(() => {
      do {
        if (!this.#block(endNs, isExact)) {
          this.#turnsOfArrivals += 1;
          if (this.#turnsOfArrivals < MAX_TURNS_OF_ARRIVALS) return;
        }
        this.#handleTimeout();
        this.#endpoint.drain(this.#transport);
      } while (!this.#endpoint.finished && !this.#transport.congested && this.#clock.nowNs() < endNs);
    });
  };

  /** Whether the next arrival is waited for on the spot. */
  #lingers(): boolean {
    return this.#clock.nowNs() - this.#lastArrivalNs < LINGER_NS && this.#mayBlock();
  }

  #mayBlock(): boolean {
    const { waitUntil, congested } = this.#transport;
    return this.#pacing !== 'busy' && waitUntil !== undefined && activeDrivers === 1 && !congested;
  }

  /**
   * Blocks until the next deadline, or handles what arrives before it. False when something else must be done first, or
   * the deadline is after `endNs`.
   */
  #block(endNs: number, isExact: boolean): boolean {
    let untilNs = this.#endpoint.nextTimeoutNs();
    if (!isExact) {
      const nowNs = this.#clock.nowNs();
      if (untilNs > nowNs) untilNs = Math.max(untilNs, this.#lastSleepNs + MIN_SLEEP_NS);
      // Blocking would end before the deadline; after a turn of the event loop it can block until then.
      if (untilNs > endNs && !this.#lingers()) return false;
      if (untilNs <= endNs) this.#lastSleepNs = untilNs;
    }
    return this.#transport.waitUntil?.(untilNs, endNs, isExact) ?? false;
  }

  /** How long to sleep before a deadline that is `waitNs` away; 0 reads the clock again at once. */
  #sleepMs(waitNs: number): number {
    if (waitNs <= 0 || this.#pacing === 'busy') return 0;
    if (this.#pacing === 'sleep' && waitNs < MAX_BLOCKING_SLEEP_NS && this.#mayBlock()) return 0;
    // `hybrid` rounds down, so that it does not oversleep; `sleep` rounds up, so that it does not wake too early.
    if (this.#pacing === 'hybrid') return Math.max(Math.floor((waitNs - TIMER_LATENESS_NS) / 1e6), 0);
    return Math.ceil(waitNs / 1e6);
  }
}
