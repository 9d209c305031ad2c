/**
 * The network of real sockets and the real clock: a transport and a driver for every host.
 *
 * It opens sockets, draws random bytes and reads the machine's addresses.
 */
import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import * as check from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import { UsageError } from '../base/errors.ts';
import type { Peer } from './batch.ts';
import { MonotonicClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { Driver } from './driver.ts';
import type { Pacing } from './driver.ts';
import type { Endpoint } from './endpoint.ts';
import type { Host, KernelDrops, Network, NetworkReport } from './network.ts';
import { openTransport } from './select.ts';
import type { TransportChoice } from './select.ts';
import type { OpenOptions, Transport } from './transport.ts';

/** Every host has a transport of its own. */
export function realNetwork(
  transport: TransportChoice = 'auto',
  clock: Clock = new MonotonicClock(),
): Network {
  let addresses: ReadonlySet<string> | null = null;
  return {
    clock,
    isVirtual: false,
    isLocal: (address) => (addresses ??= localAddresses()).has(address),
    random: randomBytes,
    host: async () => new RealHost(await openTransport(transport, clock), clock),
  };
}

/** The network to run on: a given one, or sockets of this machine. */
export interface NetworkChoice {
  /** Default: sockets, by `transport` and `clock`. */
  readonly network?: Network;
  /** Default `auto`. */
  readonly transport?: TransportChoice;
  /** Default: one whose epoch is now. */
  readonly clock?: Clock;
}

export const NETWORK_CHECKS: Checks<NetworkChoice> = {
  network: check.optional(check.network),
  transport: check.optional(check.transport),
  clock: check.optional(check.clock),
};

/** @param call name of the caller in messages @throws UsageError for a network together with a transport or clock */
export function networkOf({ network, transport, clock }: NetworkChoice, call: string): Network {
  if (network === undefined) return realNetwork(transport, clock);
  if (transport === undefined && clock === undefined) return network;
  const other = transport === undefined ? 'clock' : 'transport';
  throw new UsageError(
    'conflict',
    call,
    `expected a network or a ${other}, got both; a network has its own, so leave ${other} out`,
  );
}

class RealHost implements Host {
  readonly #transport: Transport;
  readonly #clock: Clock;
  #driver: Driver | undefined;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  open(options: OpenOptions): number | Promise<number> {
    return this.#transport.openNow?.(options) ?? this.#transport.open(options);
  }

  closePort(port: number): void | Promise<void> {
    return this.#transport.closePort(port);
  }

  localPeer(port: number): Peer {
    return this.#transport.localPeer(port);
  }

  kernelDrops(port: number): KernelDrops {
    return { drops: this.#transport.kernelDrops(port), coalesced: this.#transport.coalesces(port) };
  }

  report(): NetworkReport {
    return { transport: this.#transport.name, notes: this.#transport.notes() };
  }

  run(endpoint: Endpoint, pacing?: Pacing, keepsAlive?: boolean): Promise<void> {
    const driver = new Driver(endpoint, this.#transport, this.#clock, pacing, keepsAlive);
    this.#driver = driver;
    driver.start();
    return driver.done;
  }

  act(action: (nowNs: number) => void): void {
    this.#driver?.act(action);
  }

  close(): Promise<void> {
    this.#driver?.stop();
    return this.#transport.close();
  }
}

function localAddresses(): ReadonlySet<string> {
  const addresses = new Set<string>();
  try {
    for (const entries of Object.values(networkInterfaces())) {
      for (const { address } of entries ?? []) addresses.add(address);
    }
  } catch {
    // If the system does not list its addresses, those on loopback are still known.
  }
  return addresses;
}
