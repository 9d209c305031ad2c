/**
 * Which transports a choice comes to on this machine, so that every point of a run uses one, every row names it, and
 * the report says why.
 *
 * It opens the transport to see, and closes it again.
 */
import { MonotonicClock } from '../src/net/clock.ts';
import { openTransport } from '../src/net/select.ts';
import type { TransportChoice } from '../src/net/select.ts';

export type TransportName = Exclude<TransportChoice, 'auto'>;

export interface ChosenTransport {
  readonly name: TransportName;
  /** How datagrams move, then what is done without, and why. */
  readonly notes: readonly string[];
}

/** @throws EnvironmentError when `linux` was asked for and does not work here */
export async function chooseTransport(choice: TransportChoice): Promise<ChosenTransport> {
  const transport = await openTransport(choice, new MonotonicClock());
  try {
    // What the kernel grants, it tells when a port is opened.
    await transport.open({ host: '127.0.0.1', port: 0 });
    return { name: transport.name === 'linux' ? 'linux' : 'node', notes: transport.notes() };
  } finally {
    await transport.close();
  }
}

/** The name alone. @throws EnvironmentError as `chooseTransport` does */
export const resolveTransport = async (choice: TransportChoice): Promise<TransportName> =>
  (await chooseTransport(choice)).name;

/**
 * What a benchmark measures: `auto` is every transport that works here, the one that works everywhere first.
 * @throws EnvironmentError when `linux` was asked for and does not work here
 */
export async function transportsOf(choice: TransportChoice): Promise<ChosenTransport[]> {
  const best = await chooseTransport(choice);
  return choice === 'auto' && best.name === 'linux' ? [await chooseTransport('node'), best] : [best];
}

/** What a report says of them. */
export const notesOf = (transports: readonly ChosenTransport[]): string[] => [
  ...new Set(transports.flatMap(({ notes }) => notes)),
];

/** The same for a person, a line each. */
export const transportLines = ({ name, notes }: ChosenTransport): string[] => [
  `transport ${name}`,
  ...notes.map((note) => `  ${note}`),
];
