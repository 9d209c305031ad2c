/**
 * One proxy over the last minutes: rates, losses by cause, delays; each direction by itself.
 */
import { useMemo, useState } from 'preact/hooks';
import type { Direction } from '../../impairment/schedule.ts';
import { Chart } from './Chart.tsx';
import type { Line, Mark } from './Chart.tsx';
import { causesOf, changeOver, lastOf, ratesOf, timesOf } from './history.ts';
import type { History } from './history.ts';
import type { JournalEntry } from './journal.ts';
import { rateText } from './words.ts';

interface ChartsProps {
  readonly history: History;
  readonly journal: readonly JournalEntry[];
  readonly startMs: number;
}

const SPANS = [
  [60, '1 min'],
  [300, '5 min'],
  [900, '15 min'],
] as const;

const WAYS: readonly Direction[] = ['down', 'up'];

/** Of causes; what they have in common is that the proxy meant it. */
const CAUSE_COLOURS = ['c2', 'c4', 'c5', 'c3', 'c1', 'c6'];

const PERCENT_TOP = 100;

export function Charts({ history, journal, startMs }: ChartsProps) {
  const [spanS, setSpan] = useState<number>(SPANS[0][0]);
  const [chosen, choose] = useState<Direction | null>(null);
  const shown = useMemo(() => lastOf(history, spanS), [history, spanS]);
  const direction = chosen ?? busier(history);
  const times = useMemo(() => timesOf(shown), [shown]);
  const marks = useMemo(
    () =>
      journal.flatMap(({ epoch, atS, text }): Mark[] =>
        epoch === null || atS === null ? [] : [{ atS, text }],
      ),
    [journal],
  );
  const lines = useMemo(() => linesOf(shown, direction), [shown, direction]);
  const common = { times, marks, startMs, spanS };
  const way = direction === 'down' ? 'On the way down' : 'On the way up';
  return (
    <>
      <h3 class="part">The last minutes</h3>
      <div class="tools">
        <span role="group" aria-label="Which direction" class="tools">
          {WAYS.map((one) => (
            <button type="button" key={one} aria-pressed={one === direction} onClick={() => choose(one)}>
              {one}
            </button>
          ))}
        </span>
        <span role="group" aria-label="How long" class="tools">
          {SPANS.map(([seconds, words]) => (
            <button
              type="button"
              key={seconds}
              aria-pressed={seconds === spanS}
              onClick={() => setSpan(seconds)}
            >
              {words}
            </button>
          ))}
        </span>
      </div>
      <p class="about">
        {way}, as far back as this page has been open. A dotted line is a change of the conditions.
      </p>
      <div class="charts">
        <Chart
          title="Rates"
          about="Datagrams a second that arrived and that were forwarded."
          unit="datagrams a second"
          format={rateText}
          lines={lines.rates}
          {...common}
        />
        <Chart
          title="Losses by cause"
          about="Share of what arrived that was dropped on purpose, second by second."
          unit="percent"
          format={(value) => `${rateText(value)} %`}
          lines={lines.losses}
          {...common}
        />
        <Chart
          title="Delays"
          about="From entry to exit: half took at most the lower line, 99 of 100 the upper one."
          unit="milliseconds"
          format={(value) => `${rateText(value)} ms`}
          lines={lines.delays}
          {...common}
        />
        <Chart
          title="Dropped by the kernel"
          about="Datagrams a second that came faster than this proxy could read them, both ways."
          unit="datagrams a second"
          format={rateText}
          lines={lines.kernel}
          {...common}
        />
      </div>
    </>
  );
}

/** The direction in which more arrives. */
function busier(history: History): Direction {
  const last = history.at(-1);
  return last !== undefined && last.up.arrived > last.down.arrived ? 'up' : 'down';
}

interface LinesOfAll {
  readonly rates: readonly Line[];
  readonly losses: readonly Line[];
  readonly delays: readonly Line[];
  readonly kernel: readonly Line[];
}

function linesOf(shown: History, direction: Direction): LinesOfAll {
  const arrived = ratesOf(shown, (sample) => sample[direction].arrived);
  const causes = causesOf(changeOver(shown, direction));
  const ofCause = (cause: string): (number | null)[] =>
    ratesOf(shown, (sample) => sample[direction].droppedByCause[cause] ?? 0).map((rate, k) =>
      arrived[k] === 0 ? null : (PERCENT_TOP * rate) / (arrived[k] as number),
    );
  const delays = (name: 'delayP50Us' | 'delayP99Us'): (number | null)[] =>
    shown.slice(1).map((sample) => {
      const timeUs = sample[direction][name];
      return timeUs === null ? null : timeUs / 1e3;
    });
  const isCounted = shown.some(({ kernelDrops }) => kernelDrops !== null);
  return {
    rates: [
      { name: 'arrived', colour: 'c6', isDashed: true, values: arrived },
      { name: 'forwarded', colour: 'c1', values: ratesOf(shown, (sample) => sample[direction].forwarded) },
    ],
    losses:
      causes.length === 0
        ? [{ name: 'none', colour: 'c2', values: arrived.map((rate) => (rate === 0 ? null : 0)) }]
        : causes.map((cause, k) => ({
            name: cause,
            colour: CAUSE_COLOURS[k % CAUSE_COLOURS.length] as string,
            values: ofCause(cause),
          })),
    delays: [
      { name: 'median', colour: 'c1', values: delays('delayP50Us') },
      { name: '99 %', colour: 'c4', isDashed: true, values: delays('delayP99Us') },
    ],
    kernel: [
      {
        name: isCounted ? 'dropped' : 'not known on this system',
        colour: 'kernel',
        values: isCounted
          ? ratesOf(shown, ({ kernelDrops }) => kernelDrops ?? 0)
          : shown.slice(1).map(() => null),
      },
    ],
  };
}
