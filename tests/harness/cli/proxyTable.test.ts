import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatProxyTable } from '../../../harness/cli/proxyTable.ts';
import { DROP_CAUSES } from '../../../harness/impairment/causes.ts';
import { anyProgram } from '../../../harness/protocols/any.ts';
import { noneStruck } from '../../../harness/proxy/path/bounds.ts';
import { noFlows } from '../../../harness/proxy/flows/closedFlows.ts';
import { directionCounters } from '../../../harness/proxy/path/counters.ts';
import type { DirectionCounters } from '../../../harness/proxy/path/counters.ts';
import { nothingIgnored } from '../../../harness/proxy/told/ignored.ts';
import type { ProxiedFlow, ProxyReport } from '../../../harness/proxy/startProxy.ts';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { noteLate } from '../../../harness/proxy/path/lateness.ts';

const test = suite('the closing table of a proxy');

const INDEPENDENT = DROP_CAUSES.indexOf('independent');

function counters(some: Partial<DirectionCounters>, dropped = 0): DirectionCounters {
  const all = { ...directionCounters(), ...some };
  all.droppedByCause[INDEPENDENT] = dropped;
  return all;
}

function flow(number: number, more: Partial<ProxiedFlow> = {}): ProxiedFlow {
  const [down, up] = [more.down ?? counters({}), more.up ?? counters({})];
  const kernel = { drops: 0, coalesced: false };
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
    kernelDown: kernel,
    kernelUp: kernel,
    receiverDrops: { down: null, up: null },
    ...more,
  };
}

const report = (
  flows: readonly ProxiedFlow[],
  earlier: Partial<ProxyReport['earlier']> = {},
  drops: readonly (number | null)[] = [0],
): ProxyReport => ({
  ports: drops.map((count, k) => ({
    local: { address: '127.0.0.1', port: 9001 + k },
    kernel: { drops: count, coalesced: false },
  })),
  flows,
  earlier: { ...noFlows(false), kernelDropsDown: 0, ...earlier },
  ignored: nothingIgnored(anyProgram),
  network: { transport: 'simulated', notes: [] },
  captured: null,
  unwritten: [],
});

const IMPAIRMENT = readImpairment({ seed: '7', down: { delay: '20ms' } });

const tableOf = (proxied: ProxyReport, logPath: string | null = null): string[] =>
  formatProxyTable(proxied, { protocol: anyProgram, impairment: IMPAIRMENT }, logPath);

/** The flows that have lines of their own, in order. */
const shownIn = (lines: readonly string[]): number[] =>
  lines.flatMap((line) => /^flow (\d+): client /.exec(line)?.[1] ?? []).map(Number);

test('has the total first, then each of a few flows with its client, and where the log is', () => {
  const first = {
    down: counters({ arrived: 10, duplicated: 1, forwarded: 8 }, 3),
    up: counters({ arrived: 1, forwarded: 1 }),
  };
  const second = { down: counters({ arrived: 5, forwarded: 4, refused: 1, unindexed: 2 }) };
  assert.equal(tableOf(report([flow(1, first), flow(2, second)]), 'it.log'), [
    'total down: 15 arrived, dropped 3 by independent, 1 duplicated, 12 forwarded, 1 refused, 0 held at the end, 0 control, 2 without an index',
    'total up: 1 arrived, none dropped, 0 duplicated, 1 forwarded, 0 refused, 0 held at the end, 0 control, 0 without an index',
    'total: dropped by the kernel down: none, up: none',
    'flow 1: client 127.0.0.1:40001, upstream 127.0.0.1:9000',
    'flow 1 down: 10 arrived, dropped 3 by independent, 1 duplicated, 8 forwarded, 0 refused, 0 held at the end, 0 control, 0 without an index',
    'flow 1 up: 1 arrived, none dropped, 0 duplicated, 1 forwarded, 0 refused, 0 held at the end, 0 control, 0 without an index',
    'flow 1: dropped by the kernel down: none',
    'flow 2: client 127.0.0.1:40002, upstream 127.0.0.1:9000',
    'flow 2 down: 5 arrived, none dropped, 0 duplicated, 4 forwarded, 1 refused, 0 held at the end, 0 control, 2 without an index',
    'flow 2 up: 0 arrived, none dropped, 0 duplicated, 0 forwarded, 0 refused, 0 held at the end, 0 control, 0 without an index',
    'flow 2: dropped by the kernel down: none',
    'port 127.0.0.1:9001: dropped by the kernel up: none',
    'transport: simulated',
    'log: it.log',
  ]);
});

test('the total adds up over all flows, those included that are not reported one by one any more', () => {
  const flows = Array.from({ length: 30 }, (_, k) =>
    flow(k + 1, {
      up: counters({ arrived: 10 + k, duplicated: 2, forwarded: 11, heldAtEnd: k % 2 }, 1 + k - (k % 2)),
    }),
  );
  const earlier = { ...noFlows(false), flows: 7, up: counters({ arrived: 100, forwarded: 60 }, 40) };
  const [, total = ''] = tableOf(report(flows, earlier));
  const found =
    /^total up: (\d+) arrived, dropped (\d+) by independent, (\d+) duplicated, (\d+) forwarded, (\d+) refused, (\d+) held at the end/.exec(
      total,
    );
  const [arrived = 0, dropped = 0, duplicated = 0, forwarded = 0, refused = 0, held = 0] = (found ?? [])
    .slice(1)
    .map(Number);
  assert.equal([arrived, duplicated], [100 + 30 * 10 + (29 * 30) / 2, 60]);
  assert.is(arrived + duplicated, dropped + forwarded + refused + held);
});

test('of many flows it has eight: those that met with what no knob asks for, then those that lost most', () => {
  const quiet = Array.from({ length: 200 }, (_, k) =>
    flow(k + 1, { down: counters({ arrived: 9 }, k % 50) }),
  );
  const flows = [
    ...quiet,
    flow(301, { up: counters({ refused: 3 }) }),
    flow(302, { up: counters({ struck: { ...noneStruck(), missing: 1 } }) }),
    flow(306, { upstreamRefusals: 7 }),
    flow(303, { kernelDown: { drops: 2, coalesced: false } }),
    flow(304, { down: counters({ heldAtEnd: 4 }) }),
    // The counter of a listening port belongs to all of its flows, and an unknown one to none.
    flow(305, { kernelUp: { drops: 99, coalesced: false }, kernelDown: { drops: null, coalesced: false } }),
  ];
  const lines = tableOf(report(flows, { flows: 1000 }), 'logs/it.log');
  assert.equal(shownIn(lines), [306, 304, 301, 303, 302, 50, 100, 150]);
  assert.is(
    lines.find((line) => line.includes('flows follow')),
    '8 of 1206 flows follow, first those with datagrams refused, held at the end, dropped by the kernel or touched by a ' +
      'bound, then those that lost most; every flow is in logs/it.log',
  );
  assert.match(tableOf(report(flows)).join('\n'), /most; --log FILE keeps the figures of every flow\n/);
  assert.equal(shownIn(tableOf(report(quiet.slice(0, 8)))), [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('what the kernel dropped at a port is told once, of all its flows, and in the total with what closed flows missed', () => {
  const kernelUp = { drops: 18_468, coalesced: false };
  const flows = [1, 2, 3].map((number) =>
    flow(number, { kernelUp, kernelDown: { drops: number, coalesced: false } }),
  );
  const told = (lines: readonly string[]): string[] => lines.filter((line) => line.includes('by the kernel'));
  assert.equal(told(tableOf(report(flows, { flows: 5, kernelDropsDown: 100 }, [18_468]))), [
    'total: dropped by the kernel down: 106 datagrams, up: 18468 datagrams',
    'flow 1: dropped by the kernel down: 1 datagram',
    'flow 2: dropped by the kernel down: 2 datagrams',
    'flow 3: dropped by the kernel down: 3 datagrams',
    'port 127.0.0.1:9001: dropped by the kernel up: 18468 datagrams',
  ]);
  // Of many ports those are told where something was dropped, or may have been.
  const drops = Array.from({ length: 20 }, (_, k) => (k === 7 ? 3 : k === 9 ? null : 0));
  assert.equal(told(tableOf(report([], {}, drops))), [
    'port 127.0.0.1:9008: dropped by the kernel up: 3 datagrams',
    'port 127.0.0.1:9010: dropped by the kernel up: unknown',
  ]);
  assert.equal(
    told(tableOf(report([flow(1)], {}, drops)))[0],
    'total: dropped by the kernel down: none, up: unknown',
  );
});

test('nothing was forwarded where there was no flow', () => {
  assert.equal(tableOf(report([]), 'it.log'), [
    'nothing was forwarded',
    'port 127.0.0.1:9001: dropped by the kernel up: none',
    'transport: simulated',
    'log: it.log',
  ]);
});

test('says how late what left was, and where that is too late for the delay', () => {
  const late = counters({ arrived: 100, forwarded: 100 });
  for (let k = 0; k < 100; k += 1) noteLate(late.late, 3e6);
  // 2 ms are a tenth of the delay down; up there is none, and 3 ms are not worth a note.
  const lines = tableOf(report([flow(1, { down: late, up: late })]));
  const left = 'left late by p50 3000 us, p99 3000 us, max 3000 us';
  for (const name of ['total', 'flow 1'])
    for (const direction of ['down', 'up']) assert.ok(lines.includes(`${name} ${direction}: ${left}`));
  assert.equal(
    lines.filter((line) => line.startsWith('note: ')),
    [
      'note: down: the machine was late: one datagram in a hundred left 3.0 ms or more after its time (the delay is 20ms), ' +
        'the latest 3.0 ms after it',
    ],
  );
});

test.run();
