/**
 * The simulation: whole matches, and matches as the datagrams of a stream, played, encoded and written.
 */
import { simulateMatch } from '../../src/match/simulate.ts';
import type { Match } from '../../src/match/types.ts';
import { DatagramBatch } from '../../src/net/batch.ts';
import { DEFAULT_MAX_DATAGRAM_BYTES, MatchSource } from '../../src/stream/matchSource.ts';
import { EMPTY, mixBytes, mixText, mixWord } from './checksum.ts';
import type { MicroSize, MicroSuite, MicroTask } from './task.ts';

const SIZES: Record<MicroSize, { readonly matches: number; readonly datagrams: number }> = {
  full: { matches: 16, datagrams: 1000 },
  smoke: { matches: 3, datagrams: 120 },
};

const INTERVAL_NS = 100_000;

/** Every match of a block has its own seed. */
function matchTask(count: number): MicroTask {
  const seeds = Array.from({ length: count }, (_, k) => `bench/${k}`);
  const matches: Match[] = [];
  return {
    name: 'match',
    operations: count,
    run: () => {
      let sum = EMPTY;
      for (const [k, seed] of seeds.entries()) {
        const match = simulateMatch(seed);
        matches[k] = match;
        sum = mixWord(sum, match.events.length);
      }
      return sum;
    },
    sumRest: (sum) => matches.reduce(mixMatch, sum),
  };
}

/** Adds every event and the final line-ups. */
function mixMatch(sum: number, { events }: Match): number {
  const told = events.map(
    ({ type, minute, score, phrase }) => `${type} ${minute} ${score.join('-')} ${phrase}`,
  );
  return mixText(mixText(sum, told.join('\n')), JSON.stringify(events.at(-1)?.lineups));
}

function sourceTask(datagrams: number): MicroTask {
  const batch = new DatagramBatch(datagrams, datagrams * DEFAULT_MAX_DATAGRAM_BYTES);
  const newSource = (): MatchSource =>
    new MatchSource({ seed: 'bench', intervalNs: INTERVAL_NS, messages: datagrams });
  let source = newSource();
  return {
    name: 'source to batch',
    operations: datagrams,
    prepare: () => {
      // A source cannot be rewound.
      source = newSource();
      batch.clear();
    },
    run: () => {
      for (let count = 1; count <= datagrams; count += 1) {
        if (!source.append(batch, count, source.mediaTimeNs(count))) throw new Error('the batch is full');
      }
      return mixWord(EMPTY, batch.usedBytes);
    },
    sumRest: (sum) => mixBytes(sum, batch.bytes, 0, batch.usedBytes),
  };
}

export const SIMULATION: MicroSuite = {
  name: 'simulation',
  tasks: (size) => [matchTask(SIZES[size].matches), sourceTask(SIZES[size].datagrams)],
};
