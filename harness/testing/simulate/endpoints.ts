/**
 * The endpoints of a simulation: the user's own protocol without sockets and clock, and what each of their calls is handed.
 *
 * Times are milliseconds of the virtual clock since the simulation began, as a timer's; a fraction is one.
 */
import { refuseValue } from '../../../src/base/arguments.ts';
import type { Pair } from './pair.ts';

/** What an endpoint may use during a call; it is the same object in all calls of an endpoint. */
export interface EndpointIo {
  /** Now, on the virtual clock. */
  readonly nowMs: number;
  /**
   * Sends a copy of the bytes.
   * @param to the name of an endpoint; by default whoever sent what is being received, else the other one of two
   */
  readonly send: (payload: Uint8Array, to?: string) => void;
}

/** The same while something is received. */
export interface ReceiveIo extends EndpointIo {
  /** The name of the endpoint that sent it. */
  readonly from: string;
}

/** Calls return nothing and must not be async: a simulation waits for nobody. */
export interface SimulatedEndpoint {
  /** Called first, at 0, in the order in which the endpoints are listed. */
  start?(io: EndpointIo): void;
  /** A datagram arrived. The bytes are the endpoint's own. */
  receive(payload: Uint8Array, io: ReceiveIo): void;
  /** When `timeout` must be called; null, undefined or Infinity for never. Asked before each step of the clock. */
  nextTimeoutMs?(): number | null | undefined;
  /** The time that `nextTimeoutMs` gave has come; what arrives at the same time was received before. */
  timeout?(io: EndpointIo): void;
}

/** An endpoint in a run: it is what its calls are handed. */
export class Member implements ReceiveIo {
  readonly name: string;
  readonly endpoint: SimulatedEndpoint;
  readonly send: (payload: Uint8Array, to?: string) => void;
  from = '';
  /** Those that it has sent to or received from, with the network between. */
  readonly pairs = new Map<Member, Pair>();
  /** Whether it is receiving. */
  isReceiving = false;
  /** When its timeout is due, milliseconds. */
  dueMs = Number.POSITIVE_INFINITY;
  readonly #clock: { readonly nowMs: number };

  constructor(
    name: string,
    endpoint: SimulatedEndpoint,
    clock: { readonly nowMs: number },
    send: (from: Member, payload: Uint8Array, to: string | undefined) => void,
  ) {
    this.name = name;
    this.endpoint = endpoint;
    this.#clock = clock;
    this.send = (payload, to) => send(this, payload, to);
  }

  get nowMs(): number {
    return this.#clock.nowMs;
  }

  start(): void {
    if (this.endpoint.start === undefined) return;
    this.#refuseAsync('start', this.endpoint.start(this));
  }

  receive(payload: Uint8Array, from: string): void {
    this.from = from;
    this.isReceiving = true;
    this.#refuseAsync('receive', this.endpoint.receive(payload, this));
    this.isReceiving = false;
  }

  timeout(): void {
    this.#refuseAsync('timeout', this.endpoint.timeout?.(this));
  }

  /** Asks when its timeout is due. */
  ask(): void {
    const dueMs = this.endpoint.nextTimeoutMs?.() ?? Number.POSITIVE_INFINITY;
    if (typeof dueMs !== 'number' || Number.isNaN(dueMs))
      refuseValue(`${this.#subject}: nextTimeoutMs()`, 'milliseconds, or null for never', dueMs);
    this.dueMs = dueMs;
  }

  get #subject(): string {
    return `simulate: endpoints: ${this.name}`;
  }

  /** A promise would go on when the simulation is over. */
  #refuseAsync(call: string, returned: unknown): void {
    if (typeof returned !== 'object' || returned === null || !('then' in returned)) return;
    refuseValue(
      `${this.#subject}: ${call}()`,
      'a function that returns nothing',
      returned,
      'make it not async',
    );
  }
}
