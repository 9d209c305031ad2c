/**
 * The last lines of a command: what came of each expectation, and the verdict.
 *
 * It formats what a run's model says.
 */
import { grouped } from './model/finding.ts';
import { figure } from './model/rows.ts';
import type { JudgedExpectation, RunModel } from './model/runModel.ts';
import { formatUnmetExpectation } from './model/verdict.ts';

/** Subjects that are named one by one as not meeting an expectation. */
const MAX_NAMED = 20;

/** Each expectation, met or not, with its figures. */
export function expectationLines({ expectations }: Pick<RunModel, 'expectations'>): string[] {
  const together = new Map<string, JudgedExpectation[]>();
  const parts = new Set(expectations.map(partOf));
  for (const one of expectations) {
    const key = JSON.stringify([one.expectation, partOf(one)]);
    const others = together.get(key);
    if (others === undefined) together.set(key, [one]);
    else others.push(one);
  }
  return [...together.values()].flatMap((held) => linesOfOne(held, parts.size > 1));
}

const partOf = ({ scenario, clock, transport }: JudgedExpectation): string =>
  `${scenario}, ${clock} clock, ${transport}`;

/**
 * @param held all that was held against the same expectation in the same part of a run
 * @param isPartNamed whether there are several parts
 */
function linesOfOne(held: readonly JudgedExpectation[], isPartNamed: boolean): string[] {
  const first = held[0] as JudgedExpectation;
  const { metric } = first;
  const expectation = isPartNamed ? `${first.expectation} (${partOf(first)})` : first.expectation;
  if (held.some(({ result }) => result === 'not decided'))
    return [`expected ${expectation}: not decided, the run was cut short`];
  const unmet = held.filter(({ result }) => result === 'not met');
  if (unmet.length === 0) {
    const by = held.length === 1 ? '' : ` by all ${grouped(held.length)}`;
    return [`expected ${expectation}: met${by}, ${metric} is ${rangeOf(held)}`];
  }
  const more = unmet.length - MAX_NAMED;
  return [
    `expected ${expectation}: not met${held.length === 1 ? '' : ` by ${grouped(unmet.length)} of ${grouped(held.length)}`}`,
    ...unmet.slice(0, MAX_NAMED).map((one) => `  ${formatUnmetExpectation(one)}`),
    ...(more > 0 ? [`  and ${grouped(more)} more, in expectations.csv`] : []),
  ];
}

/** Between which figures all lie. */
function rangeOf(held: readonly JudgedExpectation[]): string {
  const numbers = held.flatMap(({ measured }) => (typeof measured === 'number' ? [measured] : []));
  if (numbers.length === 0) return 'undefined';
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low === high ? figure(low) : `${figure(low)}..${figure(high)}`;
}

/** What is wrong, the command that shows it again, and the sentence, which is the last. */
export function verdictLines({ verdict, expectations }: RunModel): string[] {
  const told = new Set(expectations.map(formatUnmetExpectation));
  const faults = verdict.faults.filter((line) => !told.has(line));
  const isShown = verdict.faults.length > 0 && verdict.again !== null;
  return [
    ...faults.map((line) => `wrong: ${line}`),
    ...(isShown ? ['to see it again:', `  ${verdict.again}`] : []),
    verdict.sentence,
  ];
}
