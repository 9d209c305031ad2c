/**
 * A thousand clients on one server, ten messages a second each: every account closes. What a datagram costs the server,
 * beside ten clients at the same total rate, is printed and not judged.
 */
import { loadavg } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measureFanOut } from '../../bench/clients/fanOut.ts';
import type { FanOutFigures } from '../../bench/clients/fanOut.ts';
import { resolveTransport } from '../../bench/suites.ts';

const test = suite('a thousand clients on one server');

const TOTAL_PPS = 10_000;
const DURATION_MS = 10_000;

const best = await resolveTransport('auto');
for (const transport of best === 'linux' ? (['node', 'linux'] as const) : (['node'] as const)) {
  test(`${transport}: every account closes`, async () => {
    const costsUs: number[] = [];
    for (const clients of [10, 1000]) {
      const figures: FanOutFigures = await measureFanOut({
        mode: 'processes',
        transport,
        clients,
        clientPps: TOTAL_PPS / clients,
        datagramBytes: 1200,
        durationMs: DURATION_MS,
      });
      console.log(
        `${transport}, ${clients} clients: ${figures.delivered} of ${figures.sent} delivered, ` +
          `${figures.serverCostUs?.toFixed(2)} us a datagram, late p99 ${figures.latenessP99Us?.toFixed(0)} us, ` +
          `load ${loadavg()[0]?.toFixed(1)}`,
      );
      assert.equal(figures.faults, []);
      assert.is(figures.sent, (TOTAL_PPS * DURATION_MS) / 1e3);
      costsUs.push(figures.serverCostUs ?? Number.NaN);
    }
    const [ten = Number.NaN, thousand = Number.NaN] = costsUs;
    console.log(`${transport}: ${(thousand / ten).toFixed(2)} times the cost`);
  });
}

test.run();
