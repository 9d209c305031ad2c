/**
 * Ten million datagrams through server, proxy and client, each a process of its own: what each takes at most, and
 * that the nine million after the first take nothing more. It prints its figures.
 */
import { loadavg } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveTransport } from '../../bench/suites.ts';
import { ROLES, measureMemory } from '../../bench/memory/memory.ts';
import type { Role } from '../../bench/memory/memory.ts';

const test = suite('memory over ten million datagrams');

/** Nearly half of it is the loader of the sources: what is built takes some 85 (`npm run bench:memory`). */
const MAX_MIB = 200;
/** V8 lets its young generation grow over the first seconds. Three bytes kept of every datagram would be more. */
const LEEWAY_MIB = 20;

async function stream(messages: number): Promise<Readonly<Record<Role, number>>> {
  const transport = await resolveTransport('auto');
  const { delivered, seconds, peakMib, faults } = await measureMemory(transport, messages);
  console.log(
    `${messages} datagrams, ${transport}: ${delivered} delivered in ${seconds.toFixed(1)} s, ` +
      `load ${loadavg()[0]?.toFixed(1)}; peak MiB: ` +
      ROLES.map((role) => `${role} ${peakMib[role].toFixed(1)}`).join(', '),
  );
  assert.equal(faults, []);
  return peakMib;
}

test('no process takes more than 200 MiB, and none takes more for ten times the stream', async () => {
  const first = await stream(1_000_000);
  const whole = await stream(10_000_000);
  for (const role of ROLES) {
    assert.ok(whole[role] <= MAX_MIB, `${role}: ${whole[role]} MiB`);
    assert.ok(
      whole[role] <= first[role] + LEEWAY_MIB,
      `${role}: ${first[role]} MiB, then ${whole[role]} MiB`,
    );
  }
});

test.run();
