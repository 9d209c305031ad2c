/**
 * The definitions, on a whole trace written as text: `.` arrived, `x` lost. No run is counted as it passes, no bit is
 * packed; this is what the fit is judged by.
 */
export interface Pairs {
  readonly goodToGood: number;
  readonly goodToBad: number;
  readonly badToGood: number;
  readonly badToBad: number;
}

export const pairsOf = (trace: string): Pairs => {
  const pairs = Array.from({ length: Math.max(0, trace.length - 1) }, (_, k) => trace.slice(k, k + 2));
  const count = (wanted: string): number => pairs.filter((pair) => pair === wanted).length;
  return { goodToGood: count('..'), goodToBad: count('.x'), badToGood: count('x.'), badToBad: count('xx') };
};

/** Lengths of the runs of a fate that the other fate ended: [length, how many], lengths rising. */
export function endedRuns(trace: string, fate: '.' | 'x'): [number, number][] {
  const runs = trace.match(/\.+|x+/g) ?? [];
  const lengths = runs
    .slice(0, -1)
    .filter((run) => run[0] === fate)
    .map((run) => run.length);
  return [...new Set(lengths)]
    .toSorted((a, b) => a - b)
    .map((length) => [length, lengths.filter((other) => other === length).length]);
}

/** From the lowest count to `last`. */
export const traceOf = (counts: readonly number[], last: number): string => {
  const arrived = new Set(counts);
  const first = Math.min(...counts);
  return Array.from({ length: last - first + 1 }, (_, k) => (arrived.has(first + k) ? '.' : 'x')).join('');
};
