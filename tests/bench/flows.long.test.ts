/** Many flows on real sockets: every datagram is in a counter. Stalls and memory are printed and not judged. */
import { loadavg } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SMOKE, manyIdle, manyVisits } from '../../bench/flows/scenes.ts';
import type { Stalled } from '../../bench/flows/scenes.ts';
import { resolveTransport } from '../../bench/suites.ts';

const test = suite('many flows of a proxy');

/** With 256 descriptors there is room for them. */
const SIZE = { ...SMOKE, idle: 100, visits: 300, visitMs: 1500 };

for (const transport of new Set(['node', await resolveTransport('auto')] as const)) {
  for (const scene of [manyIdle, manyVisits]) {
    test(`${transport}, ${scene.name}: every datagram is in a counter`, async () => {
      const figures: Stalled = await scene(transport, SIZE);
      const { proxy, asked, answered, beside, faults } = figures;
      console.log(
        `${transport}, ${scene.name}: ${proxy.flows} flows, ${answered} of ${asked} answered, longest stall ` +
          `${(beside.longestNs / 1e6).toFixed(1)} ms, load ${loadavg()[0]?.toFixed(1)}`,
      );
      assert.equal(faults, []);
      assert.ok(asked >= 100 && proxy.flows >= 101 - proxy.turnedAway);
    });
  }
}

test.run();
