/**
 * What `recorded` runs, and what comes of it.
 */
import { EnvironmentError } from '../../../src/base/errors.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { CALL } from './options.ts';

/** What came of it. */
export interface RecordedOutcome {
  /** Datagrams of clients and of the server: recorded ones, or those of this run. */
  readonly requests: number;
  readonly answers: number;
  /** Of a recording that was played: the requests in it that nobody made, a line each. */
  readonly unused: readonly string[];
}

/** What runs behind it: a proxy that records, or a server that plays. */
export interface Running {
  readonly local: Peer;
  /** @param isDiscarded whether nothing is written and nothing judged */
  end(isDiscarded: boolean): Promise<RecordedOutcome>;
}

/** Tells what one should know, a line. */
export type Say = (line: string) => void;

export const neverAsked = (name: string, { address, port }: Peer, what: string): EnvironmentError =>
  new EnvironmentError(
    'never-asked',
    `${CALL} ${JSON.stringify(name)}: no datagram came to ${formatHostPort(address, port)}, ${what}; point the client there`,
  );
