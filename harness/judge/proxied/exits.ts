/**
 * What the schedules make of all streams of a proxy: each by itself, or, where flows share a link, all of a direction together.
 */
import type { Pace } from '../../../src/base/progress.ts';
import { expectedExitsOver } from '../../expected/expectedExits.ts';
import type { EnteredPart, ExpectedExits } from '../../expected/expectedExits.ts';
import type { EnteredFates } from '../../expected/enteredStream.ts';
import { scheduleOver } from '../../impairment/scheduleOver.ts';
import { touchedBy } from '../../proxy/path/bounds.ts';
import { isLinkShared, lineOf } from '../plannedFlows.ts';
import type { StreamLists } from './streamLists.ts';

export interface StreamExits {
  readonly lists: StreamLists;
  readonly exits: ExpectedExits;
  /** Why nothing is known of what a shared link did; null where it is known, or none is shared. */
  readonly linkDoubt: string | null;
}

const usesSharedLink = ({ traffic: { epochs } }: StreamLists): boolean =>
  isLinkShared(epochs.map(({ config }) => config));

/** In the order given. @param isWhole whether all streams are in the lists @param pace told of each datagram */
export function exitsOfAll(all: readonly StreamLists[], isWhole: boolean, pace: Pace): StreamExits[] {
  const found = new Map<StreamLists, StreamExits>();
  for (const lists of all) {
    if (usesSharedLink(lists)) continue;
    const [exits] = expectedExitsOver([partOf(lists, pace)]) as [ExpectedExits];
    found.set(lists, { lists, exits, linkDoubt: null });
  }
  for (const direction of ['down', 'up'] as const) {
    const sharing = all.filter((one) => one.traffic.key.direction === direction && usesSharedLink(one));
    for (const [lists, result] of overSharedLink(sharing, isWhole, pace)) found.set(lists, result);
  }
  return all.map((lists) => found.get(lists) as StreamExits);
}

/** Time 0 of a shared link is the first arrival of all. Without a plan no two flows' datagrams come at one nanosecond. */
function overSharedLink(
  sharing: readonly StreamLists[],
  isWhole: boolean,
  pace: Pace,
): ReadonlyMap<StreamLists, StreamExits> {
  const originNs = sharing.reduce(
    (least, { entered }) => Math.min(least, entered.timesNs[0] ?? Infinity),
    Infinity,
  );
  const linkDoubt = isWhole && sharing.every(isKnown) ? null : UNKNOWN;
  const inOrder = sharing
    .map((own) => ({ own, lists: { ...own, entered: { ...own.entered, originNs } } }))
    .toSorted((a, b) => rankOf(a.own) - rankOf(b.own));
  const exits = expectedExitsOver(inOrder.map(({ lists }) => partOf(lists, pace)));
  return new Map(
    inOrder.map(({ own, lists }, k) => [own, { lists, exits: exits[k] as ExpectedExits, linkDoubt }]),
  );
}

const UNKNOWN =
  'what the shared link did depends on all its flows, of which one was not on time, has a plan, or is not listed to its end, ' +
  'so losses and times are not measured';

const rankOf = ({ traffic: { key } }: StreamLists): number => key.flow * 1024 + (key.stream ?? 1);

/** Whether all that a stream brought to the link is known, with its times. */
function isKnown({ traffic: { counters, leftOut, plannedNs } }: StreamLists): boolean {
  const { order, times } = touchedBy({ ...counters.struck, quiet: 0, end: 0 });
  return !order && !times && leftOut === 0 && plannedNs === null && counters.heldAtEnd === 0;
}

const partOf = (lists: StreamLists, pace: Pace): EnteredPart => ({
  stream: lists.entered,
  fates: fatesOf(lists, pace),
  line: lineOf(lists.traffic.epochs),
});

/** The schedule, drawn again. Outages go by the times of what entered. */
export function fatesOf({ traffic, entered, mediaTimesNs }: StreamLists, pace: Pace): EnteredFates {
  let now = 0;
  const timeOf = (index: number): number => {
    if (traffic.plannedMediaNs !== null) return traffic.plannedMediaNs(index);
    const isOwn = entered.indices[now] === index;
    return isOwn || traffic.missingHasTime ? (mediaTimesNs[now] as number) : Number.NaN;
  };
  const schedule = scheduleOver(traffic.epochs, traffic.key, timeOf);
  const { dropCause, copies, hold, corrupt, delayNs } = schedule;
  return {
    dropCause,
    copies,
    hold,
    corrupt,
    delayNs,
    at: (index, row) => {
      pace.tick();
      now = Math.max(0, row);
      return schedule.at(index);
    },
    repeat: (index, repeat, row) => {
      now = row;
      return schedule.repeat(index, repeat);
    },
  };
}
