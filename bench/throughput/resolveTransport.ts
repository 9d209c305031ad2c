/**
 * Which transports a choice comes to on this machine, so that every point of a run uses one and every row names it.
 *
 * An edge module: it opens the transport to see, and closes it again.
 */
import { MonotonicClock } from '../../src/transport/clock.ts';
import { openTransport } from '../../src/transport/select.ts';
import type { TransportChoice } from '../../src/transport/select.ts';

export type TransportName = Exclude<TransportChoice, 'auto'>;

/** @throws EnvironmentError when `linux` was asked for and does not work here */
export async function resolveTransport(choice: TransportChoice): Promise<TransportName> {
  if (choice === 'node') return choice;
  const transport = await openTransport(choice, new MonotonicClock());
  await transport.close();
  return transport.name === 'linux' ? 'linux' : 'node';
}

/**
 * What a benchmark measures: `auto` is every transport that works here, the one that works everywhere first.
 * @throws EnvironmentError when `linux` was asked for and does not work here
 */
export async function transportsOf(choice: TransportChoice): Promise<TransportName[]> {
  const best = await resolveTransport(choice);
  return choice === 'auto' && best === 'linux' ? ['node', 'linux'] : [best];
}
