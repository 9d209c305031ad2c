/**
 * A scenario as text for people: one line per stage, for each direction.
 *
 * Figures are rounded; `--json` has every digit.
 */
import { escaped } from '../../src/base/escape.ts';
import { formatDurationNs, formatSizeBytes } from '../../src/base/quantities.ts';
import { formatIndices } from './stages/ranges.ts';
import { formatQueue, formatRate } from './stages/rate.ts';
import { formatHolds } from './stages/reorder.ts';
import { PRESETS } from './presets.ts';
import { formatNumber } from '../../src/base/figures.ts';
import type { RebindTime } from './config.ts';
import type {
  DelayFigures,
  DirectionFigures,
  LinkFigures,
  PhaseDescription,
  ScenarioDescription,
} from './describe.ts';

/** Significant digits of a figure. */
const DIGITS = 4;

const rounded = (value: number): string => formatNumber(Number(value.toPrecision(DIGITS)));
const percent = (ratio: number): string => `${rounded(ratio * 100)}%`;
const ms = (valueUs: number): string => `${rounded(valueUs / 1e3)} ms`;

/** The parts that are not null, joined, or `none`. */
const list = (parts: readonly (string | null)[]): string =>
  parts.filter((part) => part !== null).join('; ') || 'none';

function formatLoss({
  lossRatio,
  lossRunMean,
  mtuBytes,
  dropAfterBytes,
  dropList,
  outages,
}: DirectionFigures): string {
  const runs = lossRunMean === null ? '' : `, ${rounded(lossRunMean)} in a row on average`;
  const spans = outages.map(
    ({ fromNs, toNs, everyNs }) =>
      `from ${formatDurationNs(fromNs)} up to ${formatDurationNs(toNs)}` +
      (everyNs === undefined ? '' : ` and again every ${formatDurationNs(everyNs)}`),
  );
  return list([
    lossRatio === 0 ? null : `${percent(lossRatio)} of the datagrams${runs}`,
    mtuBytes === null ? null : `every payload of more than ${mtuBytes} bytes`,
    dropAfterBytes === null
      ? null
      : `everything once ${formatSizeBytes(dropAfterBytes)} of payload have come`,
    dropList.length === 0 ? null : `datagrams ${formatIndices(dropList)}`,
    spans.length === 0 ? null : `everything ${spans.join(' and ')} of media time`,
  ]);
}

const spanOf = ([min, max]: readonly [number, number]): string =>
  min === max ? `${min}` : `${min} to ${max}`;

function formatReordering(figures: DirectionFigures): string {
  const { heldRatio, reorderedRatio, reorderDistance, reorderList, jump, jitterReorders } = figures;
  return list([
    heldRatio === 0
      ? null
      : `${percent(heldRatio)} of what is delivered (RFC 4737), each passed by ${spanOf(reorderDistance)} later ones`,
    jump === null
      ? null
      : `${percent(jump.ratio)} overtake ${spanOf(jump.distance)} earlier ones each, which makes ` +
        `${percent(jump.overtakenRatio)} reordered (RFC 4737)`,
    jump === null || heldRatio === 0 ? null : `${percent(reorderedRatio)} in all`,
    reorderList.length === 0 ? null : `datagrams ${formatHolds(reorderList)} (index:later ones that pass it)`,
    jitterReorders
      ? 'by jitter too, by an amount that no setting knows: it depends on how close datagrams follow each other ' +
        '(--keep-order forbids it)'
      : null,
  ]);
}

const formatDuplicates = ({ duplicateRatio, duplicateList }: DirectionFigures): string =>
  list([
    duplicateRatio === 0 ? null : `a copy of ${percent(duplicateRatio)} of what is delivered`,
    duplicateList.length === 0 ? null : `a copy of ${formatIndices(duplicateList)}`,
  ]);

const formatCorruption = ({ corruptRatio }: DirectionFigures): string =>
  corruptRatio === 0
    ? 'none'
    : `one bit flipped in ${percent(corruptRatio)} of what is delivered: lost to a receiver that checks`;

function formatDelay(delay: DelayFigures | null): string {
  if (delay === null) return 'none';
  const { p50Us, p95Us, p99Us, p999Us, queues } = delay;
  if (p50Us === p999Us && !queues) return `${ms(p50Us)}, always`;
  const drawn = `p50 ${ms(p50Us)}, p95 ${ms(p95Us)}, p99 ${ms(p99Us)}, p99.9 ${ms(p999Us)}`;
  return queues
    ? `${drawn}, as drawn; order is kept, so where datagrams follow closely the quick wait for the slow`
    : drawn;
}

function formatLink(link: LinkFigures | null): string {
  if (link === null) return 'not limited';
  const { rateBps, trace, datagramSizeBytes, sendUs, queueDelayMaxUs } = link;
  const sends =
    trace === null
      ? formatRate(rateBps)
      : `${formatRate(Math.round(rateBps))} on average, by the trace ${trace}`;
  return (
    `${sends}, a queue of ${formatQueue(link)}: datagrams of ${datagramSizeBytes} bytes wait at most ` +
    `${ms(queueDelayMaxUs)} and take ${ms(sendUs)}; what finds the queue full is lost`
  );
}

const SHARED = 'all flows use one link, and outages are at one time for all';

const formatRebinds = (rebinds: readonly RebindTime[]): string =>
  `the server sees each flow from a new port ${rebinds.map(({ atNs }) => formatDurationNs(atNs)).join(' and ')} after its ` +
  'first datagram';

const formatSpared = (spare: number): string =>
  spare === 1
    ? 'the first datagram of every flow passes unharmed'
    : `the first ${spare} datagrams of every flow pass unharmed`;

function formatDirection(title: string, figures: DirectionFigures): string {
  if (figures.flags === '') return `${title}: untouched\n`;
  const rows = [
    ['flags', figures.flags],
    ['loss', formatLoss(figures)],
    ['reordering', formatReordering(figures)],
    ['duplicates', formatDuplicates(figures)],
    ['corruption', formatCorruption(figures)],
    ['delay', formatDelay(figures.delay)],
    ['rate', formatLink(figures.link)],
    ...(figures.shared ? [['shared', SHARED] as const] : []),
    ...(figures.rebinds.length === 0 ? [] : [['rebinding', formatRebinds(figures.rebinds)] as const]),
    ...(figures.spare === 0 ? [] : [['spared', formatSpared(figures.spare)] as const]),
  ] as const;
  return `${title}:\n${rows.map(([name, text]) => `  ${name.padEnd(10)}  ${text}\n`).join('')}`;
}

/** Longer names are shortened; tables of figures have them whole. */
const MAX_NAME = 80;

function cut(name: string): string {
  const characters = [...name];
  return characters.length <= MAX_NAME ? name : `${characters.slice(0, MAX_NAME - 1).join('')}…`;
}

const DOWN = 'down, from the server to its clients';
const UP = 'up, from the clients to the server';

const time = (us: number): string => (us === 0 ? '0s' : formatDurationNs(us * 1e3));

/** Each phase, and when; a direction that is as before only says so. */
function formatPhases(phases: readonly PhaseDescription[]): string {
  return phases
    .map(({ atUs, forUs, directions }, k) => {
      const before = phases[k - 1]?.directions;
      const way = (title: string, name: 'down' | 'up'): string =>
        before?.[name].flags === directions[name].flags
          ? `${title}: as before\n`
          : formatDirection(title, directions[name]);
      const span = forUs === null ? `from ${time(atUs)} on` : `from ${time(atUs)} on, for ${time(forUs)}`;
      return `phase ${k + 1}, ${span}\n\n${way(DOWN, 'down')}\n${way(UP, 'up')}`;
    })
    .join('\n');
}

export function formatScenario(scenario: ScenarioDescription): string {
  const { name, sentence, protocol, protocolUp, directions } = scenario;
  const phases = scenario.phases ?? [{ atUs: 0, forUs: null, directions }];
  const protocols =
    (protocol === undefined ? '' : `protocol ${escaped(protocol)}\n`) +
    (protocolUp === undefined ? '' : `protocol on the way up ${escaped(protocolUp)}\n`);
  // matchstream's own clients send only control datagrams, which are not impaired unless asked for.
  const note =
    phases.every((phase) => phase.directions.up.flags === '') || protocol !== undefined
      ? ''
      : "  (a matchstream client's datagrams are control: --impair-control impairs them)\n";
  const body =
    scenario.phases === undefined
      ? `${formatDirection(DOWN, directions.down)}\n${formatDirection(UP, directions.up)}`
      : formatPhases(phases);
  return (
    `${escaped(cut(name))}${sentence === null ? '' : `: ${escaped(sentence)}`}\n${protocols}\n` +
    `${body}${note}`
  );
}

/** One line per preset. */
export function formatPresets(): string {
  const width = Math.max(...PRESETS.map(({ name }) => name.length));
  return PRESETS.map(({ name, sentence }) => `${name.padEnd(width)}  ${sentence}\n`).join('');
}
