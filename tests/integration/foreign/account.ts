/** What the proxy's report says, to be held against what other people's programs count themselves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { inFolder, readRows } from '../program.ts';
import { behindProxy } from './foreign.ts';

/** Of one direction, all flows together. */
export interface Account {
  readonly entered: number;
  readonly dropped: number;
  readonly duplicated: number;
  readonly delivered: number;
  /** By the system, where the program was gone already and the transport is told so. */
  readonly refused: number;
}

export interface Accounted {
  readonly up: Account;
  readonly down: Account;
  /** What left, by a metric of `comparison.csv`: of the only flow. */
  measured(direction: 'up' | 'down', metric: string): number;
}

type Rows = readonly Record<string, string>[];

function sumUp(ledger: Rows, direction: 'up' | 'down'): Account {
  const sum = (column: string): number =>
    ledger.reduce((total, row) => total + (row['direction'] === direction ? Number(row[column]) : 0), 0);
  for (const column of ['unexplained', 'kernel_drops_proxy', 'held_at_end'])
    assert.is(sum(column), 0, `${direction}: ${column}`);
  return {
    entered: sum('sent'),
    dropped: sum('dropped'),
    duplicated: sum('duplicated'),
    delivered: sum('delivered'),
    refused: sum('refused'),
  };
}

/** As `behindProxy`, with a report: its verdicts must be good, and it accounts for every datagram. */
export async function accounted(
  options: readonly string[],
  work: (port: number, folder: string) => Promise<void>,
): Promise<Accounted> {
  let found: Accounted | undefined;
  await inFolder(async (folder) => {
    const report = join(folder, 'report');
    const args = [...options, '--report', report];
    await behindProxy(folder, args, (port) => work(port, folder));
    const table = (name: string): Rows => readRows(readFileSync(join(report, `${name}.csv`), 'utf8'));
    const [ledger, comparison] = [table('ledger'), table('comparison')];
    found = {
      up: sumUp(ledger, 'up'),
      down: sumUp(ledger, 'down'),
      measured(direction, metric) {
        const rows = comparison.filter((row) => row['direction'] === direction && row['metric'] === metric);
        assert.is(rows.length, 1, `rows of ${metric} ${direction}`);
        return Number(rows[0]?.['measured']);
      },
    };
  });
  return found as unknown as Accounted;
}

/** Knobs that let every program work: what waits for an answer is not held for longer than it waits. */
export const LOSSY = '--drop 10% --duplicate 10% --reorder 10% --hold-max 50ms --direction both'.split(' ');

/** Asserts that all that came left, once, while somebody was there. */
export function assertUntouched(...accounts: readonly Account[]): void {
  for (const { entered, delivered, refused, dropped } of accounts) {
    assert.ok(entered > 0);
    assert.equal([delivered + refused, dropped], [entered, 0]);
  }
}

/** Asserts that there is something to count: losses and copies. */
export function assertTouched(...accounts: readonly Account[]): void {
  for (const { dropped, duplicated } of accounts)
    assert.ok(dropped > 0 && duplicated > 0, `${dropped} dropped, ${duplicated} duplicated`);
}

/**
 * Asserts that a client has read all that was delivered but for a few: it is gone when it has what it wants, or when its
 * time is over, and then copies, and what was held, come to nobody.
 */
export function assertRead(received: number, { delivered }: Account, mostLate: number): void {
  const late = delivered - received;
  assert.ok(late >= 0 && late <= mostLate, `${late} of ${delivered} came when the client was gone`);
}

/** Datagrams that a program has written down, a line each. */
export interface LogCounts {
  readonly sent: number;
  readonly received: number;
}

/** Beside the proxy's account what both ends have written down. */
export interface Counted extends Accounted {
  readonly client: LogCounts;
  readonly server: LogCounts;
}

/** @param lineOf what a line matches that is of one datagram, in a log of many lines */
export const logCounts = (log: string, lineOf: Readonly<Record<keyof LogCounts, RegExp>>): LogCounts => ({
  sent: log.match(new RegExp(lineOf.sent, 'gm'))?.length ?? 0,
  received: log.match(new RegExp(lineOf.received, 'gm'))?.length ?? 0,
});
