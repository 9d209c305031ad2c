/**
 * What a test can ask of a lossy proxy: whether its ledger balances, and how much was lost. Pure: words and figures.
 */
import { counted, sum } from '../../src/base/figures.ts';
import type { LedgerRow } from '../judge/accounting.ts';
import type { FateRecord, LossyProxy } from './lossyProxy.ts';

/** Whether it holds, and what to say if it does not, or if it should not. */
export interface Judged {
  readonly pass: boolean;
  readonly message: string;
}

/** Bounds of a number of datagrams, both included. */
export interface Bounds {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** What is asked of. */
export type Asked = Pick<LossyProxy, 'ledger' | 'fates' | 'seed' | 'showAgain'>;

/** Datagrams that are named in a message. */
const NAMED = 10;

/** Each failure says how to meet the same network again. */
const again = ({
  seed,
  showAgain,
}: {
  readonly seed: string;
  readonly showAgain: readonly string[];
}): string =>
  `seed ${JSON.stringify(seed)}; the same network again:\n  MATCHSTREAM_SEED=${seed} before the test's command, or\n  ${showAgain.join('\n  ')}`;

const withAgain = (text: string, proxy: Asked): string =>
  `${text}\n${again({ seed: proxy.seed, showAgain: proxy.showAgain() })}`;

const figure = (value: number | string | null): string => (value === null ? 'not known' : String(value));

function describeRow(row: LedgerRow): string {
  const {
    sent,
    duplicated,
    delivered,
    dropped,
    kernel_drops_proxy: kernel,
    refused,
    held_at_end: held,
  } = row;
  return (
    `flow ${row.flow} ${row.direction}: ${figure(sent)} sent + ${duplicated} duplicated = ${figure(delivered)} delivered + ` +
    `${dropped} dropped + ${figure(kernel)} dropped by the kernel + ${refused} refused + ${held} held + ${figure(row.unexplained)} unexplained`
  );
}

/** Every datagram is accounted for, in every flow and direction. */
export function judgeBalance(proxy: Asked): Judged {
  const rows = proxy.ledger();
  const open = rows.filter(({ unexplained }) => unexplained !== 0);
  const pass = open.length === 0;
  const text = pass
    ? `every datagram is accounted for, in ${counted(rows.length, 'row')} of the ledger`
    : `expected every datagram to be accounted for:\n  ${open.map(describeRow).join('\n  ')}`;
  return { pass, message: withAgain(text, proxy) };
}

/** The proxy dropped so many datagrams, of all flows and both directions. */
export function judgeLost(proxy: Asked, bounds: Bounds): Judged {
  const lost = sum(proxy.ledger().map(({ dropped }) => dropped));
  const { atLeast = 0, atMost = Number.POSITIVE_INFINITY } = bounds;
  const pass = lost >= atLeast && lost <= atMost;
  const dropped = proxy.fates().filter(({ drop }) => drop !== null);
  const text = `expected ${describeBounds(bounds)} to be lost, got ${lost}${nameDropped(dropped)}`;
  return { pass, message: withAgain(text, proxy) };
}

function describeBounds({ atLeast, atMost }: Bounds): string {
  if (atLeast !== undefined && atLeast === atMost) return counted(atLeast, 'datagram');
  const parts = [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ];
  return parts.length === 0 ? 'any number of datagrams' : `${parts.join(' and ')} datagrams`;
}

function nameDropped(dropped: readonly FateRecord[]): string {
  if (dropped.length === 0) return '';
  const names = dropped
    .slice(0, NAMED)
    .map(({ flow, direction, index, drop }) => `flow ${flow} ${direction} no. ${index} (${drop})`);
  const more = dropped.length - names.length;
  return `: ${names.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}
