/** Ten hours of stream at 1 ms, on the virtual clock: nothing grows, and every one of 36 million datagrams is accounted for. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED } from '../../harness/impairment/impairment.ts';
import { readKnobs } from '../../harness/impairment/knobs.ts';
import { Schedule } from '../../harness/impairment/schedule.ts';
import { sessionAccount } from '../../harness/judge/accounting.ts';
import { runVirtualSession } from '../../harness/session/virtualSession.ts';
import type { DatagramBatch } from '../../src/net/batch.ts';
import { BankSource } from '../../src/stream/bankSource.ts';

const INTERVAL_NS = 1e6;
const HOURS = 10;
const DATAGRAMS = HOURS * 3600 * 1000;
const SEED = 'ten hours';
const CONFIG = readKnobs({ drop: '5%', reorder: '5%', duplicate: '1%' });
const MIB = 1024 * 1024;
/**
 * What may be added from the first quarter to the end, 27 million datagrams later: a quarter of a byte for each. The
 * schedule keeps the state of its generators every 8192 datagrams, so that old fates can be asked for again, and nothing
 * else is kept.
 */
const MAX_GROWTH_BYTES = 6.5 * MIB;
const MAX_RSS_GROWTH_BYTES = 48 * MIB;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Memory {
  /** In use after a collection: objects and the memory of typed arrays. */
  readonly usedBytes: number;
  readonly rssBytes: number;
}

function readMemory(): Memory {
  const { rss } = process.memoryUsage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return { usedBytes: heapUsed + external, rssBytes: rss };
}

/** Looks at the memory when it comes to certain counts. */
class WatchedSource extends BankSource {
  readonly memory: Memory[] = [];
  readonly #counts: readonly number[];

  constructor(counts: readonly number[]) {
    super(SEED, DATAGRAMS, INTERVAL_NS, 0);
    this.#counts = counts;
  }

  override append(batch: DatagramBatch, count: number, dueNs: number): boolean {
    const taken = super.append(batch, count, dueNs);
    if (taken && count === this.#counts[this.memory.length]) this.memory.push(readMemory());
    return taken;
  }
}

/** The fates of the whole stream, counted from the schedule alone. */
function countFates(): { drops: number; copies: number; holds: number } {
  const schedule = new Schedule(CONFIG, { seed: SEED, flow: 1, direction: 'down' });
  let drops = 0;
  let copies = 0;
  let holds = 0;
  for (let index = 1; index <= DATAGRAMS; index += 1) {
    const row = schedule.at(index);
    if (schedule.dropCause[row] !== 0) drops += 1;
    copies += schedule.copies[row] as number;
    if (schedule.hold[row] !== 0) holds += 1;
  }
  return { drops, copies, holds };
}

const test = suite('ten hours at 1 ms');

test('end with flat memory and nothing unexplained', async () => {
  const source = new WatchedSource([DATAGRAMS / 4, DATAGRAMS]);
  const impairment = { ...UNIMPAIRED, seed: SEED, down: CONFIG };
  const result = await runVirtualSession(
    { clients: 1, source, speed: 1, impairment, check: false, tmaxNs: 1e9 },
    64 * INTERVAL_NS,
  );
  const [quarter, end] = source.memory as [Memory, Memory];
  const grownBytes = end.usedBytes - quarter.usedBytes;
  const rssGrownBytes = end.rssBytes - quarter.rssBytes;
  console.log(
    `in use ${(quarter.usedBytes / MIB).toFixed(1)} MiB at a quarter, ${(end.usedBytes / MIB).toFixed(1)} MiB at the end; ` +
      `resident ${(quarter.rssBytes / MIB).toFixed(1)} and ${(end.rssBytes / MIB).toFixed(1)} MiB`,
  );
  assert.ok(grownBytes <= MAX_GROWTH_BYTES, `${grownBytes} bytes more`);
  assert.ok(rssGrownBytes <= MAX_RSS_GROWTH_BYTES, `${rssGrownBytes} bytes more resident`);

  const { drops, copies, holds } = countFates();
  assert.equal(sessionAccount(result, 1), {
    flow: 1,
    direction: 'down',
    client: 1,
    sent: 36_000_000,
    duplicated: copies,
    dropped: drops,
    kernel_drops_proxy: 0,
    kernel_drops_client: 0,
    kernel_drop_events: 0,
    refused: 0,
    held_at_end: 0,
    delivered: 36_000_000 + copies - drops,
    unexplained: 0,
    late_p50_us: 0,
    late_p99_us: 0,
    late_max_us: 0,
  });
  const { statistics, reason } = (result.clients[0] as (typeof result.clients)[number]).report;
  assert.is(reason, 'end of stream');
  assert.is(statistics.lost, drops);
  assert.is(statistics.duplicates, copies);
  // Those held to the very end may leave with nothing that could pass them.
  const { reordered } = statistics;
  assert.ok(reordered !== null && reordered <= holds && reordered >= holds - 4, `${reordered} of ${holds}`);
  const { startNs, lastSendNs } = result.server.report;
  const lastedNs = (lastSendNs ?? 0) - (startNs ?? 0);
  assert.ok(lastedNs >= (DATAGRAMS - 1) * INTERVAL_NS && lastedNs < HOURS * 3600e9 + 1e9, `${lastedNs} ns`);
});

test.run();
