/**
 * Ten million datagrams through server, proxy and client, each a process of its own: what each takes at most, and
 * that the nine million after the first take nothing more. It prints its figures.
 */
import { loadavg } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveTransport } from '../../bench/index.ts';
import { UNIMPAIRED, plainSession } from '../../bench/plainSession.ts';
import { ledgerRow } from '../../harness/ledger/accounting.ts';
import { runSession } from '../../harness/runner/session.ts';

const test = suite('memory over ten million datagrams');

const MOST_MIB = 150;
/** V8 lets its young generation grow over the first seconds. Three bytes kept of every datagram would be more. */
const LEEWAY_MIB = 20;
const SIZE_BYTES = 1200;
/** Rates that a quiet machine forwards without loss, so that nearly all of the datagrams go all the way. */
const INTERVAL_NS = { node: 25e3, linux: 5e3 } as const;
/** A machine that moves fewer a second is stuck. */
const LEAST_PPS = 10_000;

interface Peaks {
  readonly server: number;
  readonly proxy: number;
  readonly client: number;
}

async function stream(messages: number): Promise<Peaks> {
  const transport = await resolveTransport('auto');
  const startedAt = performance.now();
  const { server, proxy, clients } = await runSession({
    ...plainSession({ messages, intervalNs: INTERVAL_NS[transport], datagramBytes: SIZE_BYTES }),
    impairment: UNIMPAIRED,
    tmaxNs: 500e6,
    transport,
    streamLimitMs: (1000 * messages) / LEAST_PPS,
  });
  const seconds = (performance.now() - startedAt) / 1e3;
  const flow = proxy?.report.flows[0];
  const client = clients[0];
  const served = server.report.clients[0];
  assert.ok(flow !== undefined && client !== undefined && served !== undefined);
  const account = ledgerRow({
    flow: 1,
    direction: 'down',
    client: 1,
    sent: served.sent,
    proxy: {
      received: flow.down.arrived,
      droppedByCause: {},
      duplicated: flow.down.duplicated,
      refused: flow.down.refused,
      heldAtEnd: flow.down.heldAtEnd,
      kernel: flow.kernelDown,
    },
    delivered: client.report.statistics.received,
    kernel: client.report.kernel,
  });
  const peaks: Peaks = {
    server: server.usage?.maxRssMib ?? Number.NaN,
    proxy: proxy?.usage?.maxRssMib ?? Number.NaN,
    client: client.usage?.maxRssMib ?? Number.NaN,
  };
  console.log(
    `${messages} datagrams of ${SIZE_BYTES} bytes, ${transport}: ${flow.down.arrived} through the proxy, ` +
      `${account.delivered} delivered in ${seconds.toFixed(1)} s, load ${loadavg()[0]?.toFixed(1)}; peak MiB: ` +
      Object.entries(peaks)
        .map(([role, peak]) => `${role} ${(peak as number).toFixed(1)}`)
        .join(', '),
  );
  assert.is(served.sent + served.refused, messages);
  assert.is(account.unexplained, 0);
  return peaks;
}

test('no process takes more than 150 MiB, and none takes more for ten times the stream', async () => {
  const first = await stream(1_000_000);
  const whole = await stream(10_000_000);
  for (const role of ['server', 'proxy', 'client'] as const) {
    assert.ok(whole[role] <= MOST_MIB, `${role}: ${whole[role]} MiB`);
    assert.ok(
      whole[role] <= first[role] + LEEWAY_MIB,
      `${role}: ${first[role]} MiB, then ${whole[role]} MiB`,
    );
  }
});

test.run();
