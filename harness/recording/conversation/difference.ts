/**
 * A difference between a live conversation and the recorded one, and its text: flow, index, and bytes.
 */
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { ByteRanges } from './byteRanges.ts';

/** What is compared: the server's datagrams, or the clients'. */
export type Compared = 'answer' | 'request';

export type Difference =
  | {
      readonly kind: 'different';
      /** Number of the flow in the recording. */
      readonly flow: number;
      /** Place among the recorded datagrams of its flow and direction, from 1. */
      readonly place: number;
      readonly expected: Uint8Array;
      readonly got: Uint8Array;
    }
  | {
      readonly kind: 'missing';
      readonly flow: number;
      readonly place: number;
      readonly expected: Uint8Array;
    }
  | {
      readonly kind: 'additional';
      /** Null: of no flow. */
      readonly flow: number | null;
      readonly from: Peer | null;
      readonly got: Uint8Array;
    }
  | {
      /** One that came more often than it was recorded. */
      readonly kind: 'repeated';
      readonly flow: number;
      readonly place: number;
    };

/** Maximum number of places that are shown of a datagram, and of bytes of each. */
const MAX_RUNS = 3;
const MAX_BYTES = 16;

const hex = (bytes: Uint8Array): string => {
  const shown = Array.from(bytes.subarray(0, MAX_BYTES), (byte) => byte.toString(16).padStart(2, '0'));
  return `${shown.join(' ')}${bytes.length > MAX_BYTES ? ' …' : ''}`;
};

const size = ({ length }: Uint8Array): string => `${length} byte${length === 1 ? '' : 's'}`;

/** One line: where, and which bytes were expected and got. */
export function formatDifference(difference: Difference, what: Compared, ignored: ByteRanges): string {
  switch (difference.kind) {
    case 'different': {
      const { flow, place, expected, got } = difference;
      const runs = ignored.differences(expected, got);
      const shown = runs
        .slice(0, MAX_RUNS)
        .map(
          ({ from, to }) =>
            `byte ${from}: expected ${hex(expected.subarray(from, to))}, got ${hex(got.subarray(from, to))}`,
        );
      if (runs.length > MAX_RUNS)
        shown.push(`and ${runs.length - MAX_RUNS} more place${runs.length === MAX_RUNS + 1 ? '' : 's'}`);
      const lengths = expected.length === got.length ? [] : [`expected ${size(expected)}, got ${got.length}`];
      return `flow ${flow}, ${what} ${place} differs: ${[...lengths, ...shown].join('; ')}`;
    }
    case 'missing':
      return `flow ${difference.flow}, ${what} ${difference.place} is missing: expected ${size(difference.expected)}, ${hex(difference.expected)}`;
    case 'additional': {
      const { flow, from, got } = difference;
      const where = flow === null ? 'of no flow' : `flow ${flow}`;
      const whose = from === null ? '' : ` from ${formatHostPort(from.address, from.port)}`;
      return `${where}: an additional ${what}${whose}: ${size(got)}, ${hex(got)}`;
    }
    case 'repeated':
      return `flow ${difference.flow}, ${what} ${difference.place} came again`;
    default:
      return difference satisfies never;
  }
}
