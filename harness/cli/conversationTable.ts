/**
 * What is printed at the end of a played conversation: a line a flow.
 */
import { formatNumber, sum } from '../../src/base/figures.ts';
import { alignColumns } from '../../src/base/textTable.ts';
import type { PlayedConversation, PlayedFlow, Times } from '../runs/playedConversation.ts';

/** Maximum number of flows that are printed. */
const MAX_FLOWS = 20;

const milliseconds = (times: Times | null, key: keyof Times): string =>
  times === null ? '-' : formatNumber(Math.round(times[key] / 1e4) / 100);

const hasDifference = ({ different, missing, additional }: PlayedFlow): boolean =>
  different + missing + additional > 0;

/** A table; of many flows, those with differences first to be seen, and the sum. */
export function formatPlayed({ side, flows, ofNoFlow }: PlayedConversation): string[] {
  const isOfClients = side === 'clients';
  const header = [
    'flow',
    'sent',
    isOfClients ? 'answers' : 'requests',
    'arrived',
    'same',
    'different',
    'missing',
    'additional',
    ...(isOfClients ? ['p50 ms/recorded', 'p99 ms/recorded'] : []),
  ];
  const shown = flows.length <= MAX_FLOWS ? flows : flows.filter(hasDifference).slice(0, MAX_FLOWS);
  const rows = shown.map((flow) => [
    `${flow.flow}`,
    ...figuresOf(flow),
    ...(isOfClients
      ? (['p50Ns', 'p99Ns'] as const).map(
          (key) => `${milliseconds(flow.roundTrip, key)}/${milliseconds(flow.recorded, key)}`,
        )
      : []),
  ]);
  if (ofNoFlow > 0) rows.push(['none', '0', '0', ...[ofNoFlow, 0, 0, 0, ofNoFlow].map(String)]);
  if (flows.length > 1) rows.push([`all ${flows.length}`, ...totalsOf(flows, ofNoFlow)]);
  const width = header.length;
  return alignColumns(
    [header, ...rows].map((cells) => [...cells, ...Array.from({ length: width - cells.length }, () => '')]),
    (column) => column === 0,
  );
}

const figuresOf = (flow: PlayedFlow): string[] =>
  [flow.sent, flow.expected, flow.arrived, flow.same, flow.different, flow.missing, flow.additional].map(
    String,
  );

function totalsOf(flows: readonly PlayedFlow[], ofNoFlow: number): string[] {
  const total = (of: (flow: PlayedFlow) => number): number => sum(flows.map(of));
  return [
    total(({ sent }) => sent),
    total(({ expected }) => expected),
    total(({ arrived }) => arrived) + ofNoFlow,
    total(({ same }) => same),
    total(({ different }) => different),
    total(({ missing }) => missing),
    total(({ additional }) => additional) + ofNoFlow,
  ].map(String);
}
