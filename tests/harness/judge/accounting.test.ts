import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  attributeKernelDrops,
  ledgerCauseRows,
  ledgerRow,
  sessionAccount,
} from '../../../harness/judge/accounting.ts';
import type { LedgerInput } from '../../../harness/judge/accounting.ts';
import { causeCode } from '../../../harness/impairment/causes.ts';
import { directionCounters } from '../../../harness/proxy/path/counters.ts';
import type { SessionResult } from '../../../harness/session/session.ts';

const QUIET = { drops: 0, coalesced: false };

const COUNTERS = { ...directionCounters(), arrived: 100, duplicated: 3 };
COUNTERS.droppedByCause[causeCode('independent')] = 4;
COUNTERS.droppedByCause[causeCode('outage')] = 1;
const PROXY = { counters: COUNTERS, kernel: QUIET };

// 100 sent, 3 copies made, 5 dropped: 98 delivered.
const INPUT: LedgerInput = {
  flow: 1,
  direction: 'down',
  client: 7,
  sent: 100,
  proxy: PROXY,
  delivered: 98,
  kernel: QUIET,
};

const test = suite('the ledger');

test('a run in which nothing is amiss is explained', () => {
  assert.equal(ledgerRow(INPUT), {
    flow: 1,
    direction: 'down',
    client: 7,
    sent: 100,
    duplicated: 3,
    dropped: 5,
    kernel_drops_proxy: 0,
    kernel_drops_client: 0,
    kernel_drop_events: 0,
    refused: 0,
    held_at_end: 0,
    delivered: 98,
    unexplained: 0,
    late_p50_us: 'none',
    late_p99_us: 'none',
    late_max_us: 'none',
  });
});

test('refused and held datagrams are explained', () => {
  // 98 - 2 refused - 1 held.
  const row = ledgerRow({
    ...INPUT,
    proxy: { ...PROXY, counters: { ...COUNTERS, refused: 2, heldAtEnd: 1 } },
    delivered: 95,
  });
  assert.is(row.unexplained, 0);
});

test('a datagram that nobody counted is unexplained', () => {
  assert.is(ledgerRow({ ...INPUT, delivered: 97 }).unexplained, 1);
});

test('a datagram that came from nowhere is unexplained', () => {
  assert.is(ledgerRow({ ...INPUT, delivered: 99 }).unexplained, -1);
});

test('kernel drops are told apart by the side they struck', () => {
  // The proxy reads 97 of 100; 97 + 3 - 5 = 95 forwarded; the client reads 93.
  const row = ledgerRow({
    ...INPUT,
    proxy: { counters: { ...COUNTERS, arrived: 97 }, kernel: { drops: 3, coalesced: false } },
    delivered: 93,
    kernel: { drops: 2, coalesced: false },
  });
  assert.is(row.kernel_drops_proxy, 3);
  assert.is(row.kernel_drops_client, 2);
  assert.is(row.kernel_drop_events, 5);
  assert.is(row.unexplained, 0);
});

test('a counter that could not be read explains nothing', () => {
  const row = ledgerRow({ ...INPUT, delivered: 96, kernel: { drops: null, coalesced: false } });
  assert.is(row.kernel_drops_proxy, 0);
  assert.is(row.kernel_drops_client, null);
  assert.is(row.kernel_drop_events, null);
  assert.is(row.unexplained, 2);
});

test('without a proxy the stream goes straight to the client', () => {
  const row = ledgerRow({ ...INPUT, proxy: null, delivered: 90, kernel: { drops: 10, coalesced: false } });
  assert.is(row.duplicated, 0);
  assert.is(row.dropped, 0);
  assert.is(row.kernel_drops_proxy, 0);
  assert.is(row.kernel_drops_client, 10);
  assert.is(row.unexplained, 0);
});

test('an end that cannot be asked leaves the account open', () => {
  const unsent = ledgerRow({ ...INPUT, sent: null });
  assert.is(unsent.kernel_drops_proxy, null);
  assert.is(unsent.kernel_drops_client, 0);
  assert.is(unsent.unexplained, null);
  const undelivered = ledgerRow({ ...INPUT, delivered: null });
  assert.is(undelivered.kernel_drops_client, null);
  assert.is(undelivered.unexplained, null);
});

test('a client of a session that gave no report leaves its account open', () => {
  const result = { server: { report: { clients: [{ id: 2, sent: 5 }] } }, proxy: null, clients: [] };
  const account = sessionAccount(result as unknown as SessionResult, 2);
  assert.equal(
    [account.client, account.sent, account.delivered, account.kernel_drop_events, account.unexplained],
    [2, 5, null, null, null],
  );
});

test('causes have a row each, in order, unless they struck nothing', () => {
  assert.equal(ledgerCauseRows(INPUT), [
    { flow: 1, direction: 'down', client: 7, cause: 'outage', count: 1 },
    { flow: 1, direction: 'down', client: 7, cause: 'independent', count: 4 },
  ]);
  assert.equal(ledgerCauseRows({ ...INPUT, proxy: null }), []);
});

test('a plain socket answers for no more than it counted', () => {
  const plain = (missing: number, counter: number | null) =>
    attributeKernelDrops({ missing, counter, coalesced: false });
  assert.is(plain(5, 5), 5);
  assert.is(plain(5, 3), 3);
  assert.is(plain(5, 9), 5); // four of them were control datagrams
  assert.is(plain(0, 2), 0);
  assert.is(plain(-1, 2), 0);
  assert.is(plain(5, 0), 0);
  assert.is(plain(5, null), null);
});

test('a coalescing socket answers for 1 to 64 datagrams a count, or for none', () => {
  const coalesced = (missing: number, counter: number | null) =>
    attributeKernelDrops({ missing, counter, coalesced: true });
  assert.is(coalesced(2200, 44), 2200); // 44 to 2816
  assert.is(coalesced(44, 44), 44);
  assert.is(coalesced(43, 44), 0);
  assert.is(coalesced(2816, 44), 2816);
  assert.is(coalesced(2817, 44), 0);
  assert.is(coalesced(1, 0), 0);
  assert.is(coalesced(0, 44), 0);
  assert.is(coalesced(7, null), null);
});

test('what a coalescing counter cannot answer for is unexplained', () => {
  const row = ledgerRow({ ...INPUT, delivered: 28, kernel: { drops: 1, coalesced: true } });
  assert.is(row.kernel_drops_client, 0);
  assert.is(row.kernel_drop_events, 1);
  assert.is(row.unexplained, 70);
});

test.run();
