/**
 * What `matchstream inspect` prints.
 */
import { formatNumber } from '../../src/base/figures.ts';
import { MAX_MEASURED } from '../runs/inspect.ts';
import type { InspectedDirection, InspectedFlow, Inspection } from '../runs/inspect.ts';

/** Flows that are printed; --json has all. */
const MAX_SHOWN = 20;

export function formatInspection(inspection: Inspection): string {
  const { path, format, compressed, datagrams, durationNs, sha256, flows, notes } = inspection;
  const kind = `${format === 'jsonl' ? 'a recording' : `a ${format} capture`}${compressed ? ', gzip' : ''}`;
  const lines = [
    `${path}: ${kind}, ${count(datagrams, 'datagram')} of ${count(flows.length, 'flow')} in ${seconds(durationNs)}`,
  ];
  if (inspection.seed !== null)
    lines.push(`seed ${inspection.seed}, made by ${inspection.generator ?? 'something unknown'}`);
  lines.push(`sha256 ${sha256}`);
  for (const flow of flows.slice(0, MAX_SHOWN)) lines.push(...flowLines(flow));
  const more = flows.length - MAX_SHOWN;
  if (more > 0) lines.push(`and ${count(more, 'more flow')}: --json has all`);
  for (const line of notes) lines.push(`note: ${line}`);
  return `${lines.join('\n')}\n`;
}

function flowLines({ flow, client, server, protocol, isGuessed, directions }: InspectedFlow): string[] {
  const addresses =
    client === null || server === null ? 'no addresses' : `client ${client}, server ${server}`;
  const known =
    protocol === null
      ? 'protocol not recognised: --protocol says what numbers the datagrams'
      : `${isGuessed ? 'looks like ' : ''}${protocol}`;
  return [
    `flow ${flow}: ${addresses}; ${known}`,
    ...directions.map((way) => directionLine(way, protocol !== null)),
  ];
}

function directionLine(way: InspectedDirection, isRead: boolean): string {
  const {
    direction,
    datagrams,
    payloadBytes,
    firstNs,
    lastNs,
    streams,
    lost,
    duplicates,
    reordered,
    unindexed,
  } = way;
  const what =
    `  ${direction}: ${count(datagrams, 'datagram')}, ${count(payloadBytes, 'byte')}, ` +
    `${seconds(firstNs)} to ${seconds(lastNs)}`;
  if (!isRead) return what;
  if (lost === null && unindexed === 0)
    return `${what}; not measured: the first ${MAX_MEASURED} directions are`;
  if (lost === null) return `${what}; none with a sequence number`;
  return (
    `${what}; lost ${formatNumber(lost)}, twice ${formatNumber(duplicates ?? 0)}, reordered ${formatNumber(reordered ?? 0)}` +
    `${streams > 1 ? ` in ${streams} streams` : ''}${unindexed > 0 ? `, without a sequence number ${unindexed}` : ''}`
  );
}

const count = (value: number, what: string): string =>
  `${formatNumber(value)} ${what}${value === 1 ? '' : 's'}`;

/** To the microsecond. */
const seconds = (timeNs: number): string => `${formatNumber(Math.round(timeNs / 1000) / 1e6)} s`;
