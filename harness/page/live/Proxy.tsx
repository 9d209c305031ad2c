/**
 * One proxy: what it does now, over the last minutes, by cause, flow by flow; and, where the page may, its knobs.
 */
import { useMemo, useState } from 'preact/hooks';
import type { GivenToPage, ProxyState } from '../../control/liveState.ts';
import type { Direction } from '../../impairment/schedule.ts';
import { ScrollTable } from '../ScrollTable.tsx';
import { Actions } from './Actions.tsx';
import { Charts } from './Charts.tsx';
import { Epochs } from './Epochs.tsx';
import { changeOver, lastOf } from './history.ts';
import type { Change, History } from './history.ts';
import type { JournalEntry } from './journal.ts';
import { knobsText } from './journal.ts';
import { KnobForm } from './KnobForm.tsx';
import { bitRateText, countText, rateText, shareText, timeText } from './words.ts';

interface ProxyProps {
  readonly proxy: ProxyState;
  readonly history: History;
  readonly journal: readonly JournalEntry[];
  /** Changes of any proxy that the page was not told of. */
  readonly untold: number;
  readonly startMs: number;
  readonly given: GivenToPage;
  readonly isReadOnly: boolean;
}

const MINUTE_S = 60;

const WAYS: readonly (readonly [Direction, string])[] = [
  ['down', 'down, to the clients'],
  ['up', 'up, to the server'],
];

export function Proxy({ proxy, history, journal, untold, startMs, given, isReadOnly }: ProxyProps) {
  const own = useMemo(() => journal.filter((entry) => entry.proxy === proxy.name), [journal, proxy.name]);
  const { name, listen, upstream, enabled, protocol, seed, flowsOpen, flowsClosed, kernelDrops } = proxy;
  return (
    <section class="proxy" aria-label={`proxy ${name}`}>
      <h2>
        {name} {!enabled && <span class="off">disabled</span>}
        <small>
          {listen} → {upstream}, protocol {protocol}, seed {seed}
        </small>
      </h2>
      <p class="about">
        {countText(flowsOpen)} {flowsOpen === 1 ? 'flow' : 'flows'} open
        {flowsClosed > 0 && `, ${countText(flowsClosed)} closed`}; dropped by the kernel at the proxy’s
        sockets:{' '}
        <b class={kernelDrops !== null && kernelDrops > 0 ? 'fault' : ''}>
          {kernelDrops === null ? 'not known here' : countText(kernelDrops)}
        </b>
        .
      </p>
      <div class="ways">
        {WAYS.map(([direction, words]) => (
          <Way key={direction} proxy={proxy} history={history} direction={direction} words={words} />
        ))}
      </div>
      {!isReadOnly && (
        <>
          <h3 class="part">Turn it</h3>
          <Actions proxy={proxy} />
          <KnobForm proxy={proxy} given={given} />
        </>
      )}
      <Charts history={history} journal={own} startMs={startMs} />
      <Flows proxy={proxy} />
      <Epochs entries={own} untold={untold} startMs={startMs} />
    </section>
  );
}

interface WayProps {
  readonly proxy: ProxyState;
  readonly history: History;
  readonly direction: Direction;
  readonly words: string;
}

/** One direction now, and over the last minute. */
function Way({ proxy, history, direction, words }: WayProps) {
  const now = proxy[direction];
  const minute = changeOver(lastOf(history, MINUTE_S), direction);
  const span = minute.seconds >= MINUTE_S - 1 ? 'minute' : `${Math.round(minute.seconds)} s`;
  return (
    <div class="way-card" data-way={direction}>
      <h3>{words}</h3>
      <p class="conditions">
        <code>{knobsText(proxy.conditions[direction])}</code>
      </p>
      <dl class="tiles">
        <Tile name="arriving" value={`${rateText(now.rate)}/s`} more={bitRateText(now.bytesPerSecond)} />
        <Tile
          name={`lost, last ${span}`}
          value={shareText(minute.dropped, minute.arrived + minute.duplicated)}
          more={`${countText(minute.dropped)} of ${countText(minute.arrived + minute.duplicated)}`}
        />
        <Tile
          name="delay, median"
          value={timeText(now.delayP50Us)}
          more={`99 %: ${timeText(now.delayP99Us)}`}
        />
        <Tile name="held now" value={countText(now.heldNow)} more={`${countText(now.refused)} refused`} />
      </dl>
      <Causes proxy={proxy} direction={direction} minute={minute} />
    </div>
  );
}

function Tile({
  name,
  value,
  more,
}: {
  readonly name: string;
  readonly value: string;
  readonly more: string;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b> <span>{more}</span>
      </dd>
    </div>
  );
}

interface CausesProps {
  readonly proxy: ProxyState;
  readonly direction: Direction;
  readonly minute: Change;
}

/** What became of everything that arrived; each cause of drops by itself. */
function Causes({ proxy, direction, minute }: CausesProps) {
  const { arrived, forwarded, duplicated, dropped, droppedByCause, unindexed } = proxy[direction];
  const causes = Object.entries(droppedByCause).toSorted(([, one], [, other]) => other - one);
  const rows: readonly (readonly [string, number, number | null])[] = [
    ['arrived', arrived, minute.arrived],
    ['copies made', duplicated, minute.duplicated],
    ['forwarded', forwarded, minute.forwarded],
    ['dropped', dropped, minute.dropped],
    ...causes.map(([cause, count]) => [`– ${cause}`, count, minute.byCause[cause] ?? 0] as const),
    ...(unindexed > 0 ? [['passed without an index', unindexed, null] as const] : []),
  ];
  return (
    <table class="causes">
      <thead>
        <tr>
          <th scope="col" class="text">
            datagrams
          </th>
          <th scope="col" class="figure">
            in all
          </th>
          <th scope="col" class="figure">
            lately
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, all, lately]) => (
          <tr key={name}>
            <th scope="row" class="text">
              {name}
            </th>
            <td class="figure" data-count={`${direction}/${name}`}>
              {countText(all)}
            </td>
            <td class="figure">{lately === null ? '' : countText(lately)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The open flows, those with most datagrams first. */
function Flows({ proxy }: { readonly proxy: ProxyState }) {
  const [isOpen, setOpen] = useState(false);
  const { flows, flowsOpen } = proxy;
  return (
    <details class="part" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Flows: {countText(flowsOpen)} open{flowsOpen > flows.length && `, ${flows.length} of them listed`}
      </summary>
      {isOpen && (
        <ScrollTable label={`Flows of ${proxy.name}`} columns={FLOW_COLUMNS}>
          <tbody>
            {flows.map(({ flow, client, down, up }) => (
              <tr key={flow}>
                <td class="figure">{flow}</td>
                <td class="text">{client}</td>
                <td class="figure">{rateText(down.rate)}</td>
                <td class="figure">{countText(down.arrived)}</td>
                <td class="figure">{countText(down.dropped)}</td>
                <td class="figure">{rateText(up.rate)}</td>
                <td class="figure">{countText(up.arrived)}</td>
                <td class="figure">{countText(up.dropped)}</td>
              </tr>
            ))}
          </tbody>
        </ScrollTable>
      )}
    </details>
  );
}

const FLOW_COLUMNS = [
  { name: 'flow' },
  { name: 'client', isText: true },
  ...['down/s', 'down', 'down, dropped', 'up/s', 'up', 'up, dropped'].map((name) => ({ name })),
];
