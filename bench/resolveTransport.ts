/**
 * Resolves a choice of transport once for a whole run, so that every point uses the same one, every row names it, and
 * the report gives the reason.
 *
 * It opens the transport to test it, and closes it again.
 */
import { MonotonicClock } from '../src/net/clock.ts';
import { openTransport } from '../src/net/select.ts';
import type { TransportChoice } from '../src/net/select.ts';

export type TransportName = Exclude<TransportChoice, 'auto'>;

export interface ChosenTransport {
  readonly name: TransportName;
  /** How datagrams are moved, then which features are missing, and why. */
  readonly notes: readonly string[];
}

/** @throws EnvironmentError when `linux` was asked for and does not work here */
export async function chooseTransport(choice: TransportChoice): Promise<ChosenTransport> {
  const transport = await openTransport(choice, new MonotonicClock());
  try {
    // Opening a port shows what the kernel grants.
    await transport.open({ host: '127.0.0.1', port: 0 });
    return { name: transport.name === 'linux' ? 'linux' : 'node', notes: transport.notes() };
  } finally {
    await transport.close();
  }
}

/** Only the name. @throws EnvironmentError as `chooseTransport` does */
export const resolveTransport = async (choice: TransportChoice): Promise<TransportName> =>
  (await chooseTransport(choice)).name;

/**
 * The transports that a benchmark measures: for `auto` all that work here, `node` first.
 * @throws EnvironmentError when `linux` was asked for and does not work here
 */
export async function transportsOf(choice: TransportChoice): Promise<ChosenTransport[]> {
  const best = await chooseTransport(choice);
  return choice === 'auto' && best.name === 'linux' ? [await chooseTransport('node'), best] : [best];
}

/** The notes for a report. */
export const notesOf = (transports: readonly ChosenTransport[]): string[] => [
  ...new Set(transports.flatMap(({ notes }) => notes)),
];

/** The notes as lines of text. */
export const transportLines = ({ name, notes }: ChosenTransport): string[] => [
  `transport ${name}`,
  ...notes.map((note) => `  ${note}`),
];
