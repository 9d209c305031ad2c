/** The account of a proxy by itself: what came to its socket, and where each went. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DROP_CAUSES } from '../../../../harness/impairment/causes.ts';
import { proxiedLedger } from '../../../../harness/judge/proxied/proxiedLedger.ts';
import { noFlows } from '../../../../harness/proxy/flows/closedFlows.ts';
import { directionCounters } from '../../../../harness/proxy/path/counters.ts';
import type { DirectionCounters } from '../../../../harness/proxy/path/counters.ts';
import type { ProxiedFlow, ProxyReport } from '../../../../harness/proxy/startProxy.ts';

const test = suite('the ledger of a proxy');

const NONE = { drops: 0, coalesced: false };

function counters(some: Partial<DirectionCounters>, dropped = 0): DirectionCounters {
  const all = { ...directionCounters(), ...some };
  all.droppedByCause[DROP_CAUSES.indexOf('burst')] = dropped;
  return all;
}

function flow(number: number, up: DirectionCounters, more: Partial<ProxiedFlow> = {}): ProxiedFlow {
  const down = directionCounters();
  return {
    flow: number,
    client: { address: '127.0.0.1', port: 40_000 + number },
    upstream: { address: '127.0.0.1', port: 9000 },
    upstreamPort: number,
    upstreamRefusals: 0,
    rebinds: 0,
    listenPort: 0,
    down,
    up,
    streams: { down: [down], up: [up] },
    control: null,
    kernelDown: NONE,
    kernelUp: NONE,
    receiverDrops: { down: null, up: 4 },
    ...more,
  };
}

const report = (flows: readonly ProxiedFlow[], earlier = 0): ProxyReport => ({
  ports: [],
  flows,
  earlier: { ...noFlows(false), flows: earlier, kernelDropsDown: 0 },
  ignored: {} as ProxyReport['ignored'],
  network: { transport: 'simulated', notes: [] },
  captured: null,
  unwritten: [],
});

const UP = ['up'] as const;
const usual = () => counters({ arrived: 100, duplicated: 3, forwarded: 90, refused: 2, heldAtEnd: 1 }, 10);

test('what came and its copies were dropped, forwarded, refused or held', () => {
  const { rows, causes, remarks } = proxiedLedger(report([flow(1, usual())]), ['down', 'up']);
  assert.equal(rows, [
    {
      flow: 1,
      direction: 'up',
      client: null,
      sent: 100,
      duplicated: 3,
      dropped: 10,
      kernel_drops_proxy: 0,
      // At the receiver, behind the exit: no part of the sum.
      kernel_drops_client: 4,
      kernel_drop_events: 0,
      refused: 2,
      held_at_end: 1,
      delivered: 90,
      unexplained: 0,
      late_p50_us: 'none',
      late_p99_us: 'none',
      late_max_us: 'none',
    },
  ]);
  assert.equal(causes, [{ flow: 1, direction: 'up', client: null, cause: 'burst', count: 10 }]);
  assert.equal(remarks, []);
});

test('one that went nowhere is unexplained', () => {
  const lost = counters({ arrived: 100, forwarded: 99 });
  assert.is(proxiedLedger(report([flow(1, lost)]), UP).rows[0]?.unexplained, 1);
});

test('what the kernel dropped before the proxy read it came to the socket, where it can be told', () => {
  const figures = (one: ProxiedFlow, ...others: ProxiedFlow[]) => {
    const { rows, remarks } = proxiedLedger(report([one, ...others]), UP);
    const { sent, kernel_drops_proxy, kernel_drop_events, unexplained } = rows[0] as (typeof rows)[0];
    return [sent, kernel_drops_proxy, kernel_drop_events, unexplained, remarks.length];
  };
  const seven = { kernelUp: { drops: 7, coalesced: false } };
  assert.equal(figures(flow(1, usual(), seven)), [107, 7, 7, 0, 1]);
  // Another flow has the port, too; or one count may be of 64 datagrams; or nobody knows.
  assert.equal(figures(flow(1, usual(), seven), flow(2, usual())), [100, null, 7, 0, 1]);
  assert.equal(figures(flow(1, usual(), { kernelUp: { drops: 7, coalesced: true } })), [100, null, 7, 0, 1]);
  assert.equal(figures(flow(1, usual(), { kernelUp: { drops: null, coalesced: false } })), [
    100,
    null,
    null,
    0,
    0,
  ]);
});

test('what is in no row is said', () => {
  const others = counters({ arrived: 1, forwarded: 1, control: 2, unindexed: 1 });
  assert.equal(proxiedLedger(report([flow(1, others)], 3), UP).remarks, [
    'flow 1 up: besides, 2 control datagrams and 1 datagram without an index came, which are in no table',
    '3 flows that closed before the last thousand are in no table: the closing table has the sums',
  ]);
  assert.equal(proxiedLedger(report([flow(1, counters({}))]), UP).rows, []);
});

test.run();
