/** A session whose delayed datagrams do not fit into `--delay-memory`, on both clocks: what is judged, and what is not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../harness/impairment/impairment.ts';
import { judgeSession } from '../../harness/judge/judge.ts';
import type { PlannedStream } from '../../harness/judge/judge.ts';
import { runSession } from '../../harness/session/session.ts';
import { runVirtualSession } from '../../harness/session/virtualSession.ts';
import type { SessionResult } from '../../harness/session/session.ts';
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import { BankSource } from '../../src/stream/bankSource.ts';

const test = suite('a delay that does not fit into its memory');

const MESSAGES = 2000;
const INTERVAL_NS = 100e3;
const SIZE_BYTES = 1200;
/** Room for 744 datagrams of 1408 bytes; without it all 2000 would be in flight after 0.2 s. */
const IMPAIRMENT = readImpairment({ seed: '7', down: { delay: '300ms' }, delayMemoryBytes: 2 ** 20 });
const ROOM = 744;

const sendNs = (count: number): number => (count - 1) * INTERVAL_NS;
const PLANNED: PlannedStream = {
  lastCount: MESSAGES,
  intervalUs: INTERVAL_NS / 1e3,
  sizeBytes: () => SIZE_BYTES,
  sendNs,
  mediaTimeNs: sendNs,
};
const COMMON = { clients: 1, speed: 1, impairment: IMPAIRMENT, check: false, tmaxNs: 100e6 };

const virtually = (): Promise<SessionResult> =>
  runVirtualSession({ ...COMMON, source: new BankSource('bank', MESSAGES, INTERVAL_NS, SIZE_BYTES) });

const really = (): Promise<SessionResult> =>
  runSession({
    ...COMMON,
    mode: 'in-process',
    source: { kind: 'bank', messages: MESSAGES, intervalNs: INTERVAL_NS, datagramSizeBytes: SIZE_BYTES },
    pacing: 'hybrid',
    transport: 'auto',
    verify: null,
    arrivalsPath: null,
    logsDir: null,
    debugLog: false,
    measureStalls: true,
    streamLimitMs: 10_000,
  });

for (const [clock, run] of Object.entries({ virtual: virtually, real: really })) {
  test(`on the ${clock} clock times are not measured, the order is, and the bound is named`, async () => {
    const timing = clock === 'virtual' ? 'exact' : { minUs: 0, maxUs: 1e6 };
    const { comparison, ledger, remarks } = judgeSession(
      await run(),
      PLANNED,
      IMPAIRMENT.down,
      IMPAIRMENT.seed,
      timing,
    );
    assert.is(ledger[0]?.unexplained, 0);
    const named = remarks.map((remark) => /--delay-memory was full: (\d+) datagrams left/.exec(remark)?.[1]);
    const early = Number(named.find((count) => count !== undefined));
    // On the real clock some may leave before the last comes, where the machine is slow.
    if (clock === 'virtual') assert.is(early, MESSAGES - ROOM);
    else assert.ok(early > 0 && early <= MESSAGES - ROOM, `${early}`);
    assert.ok(remarks.some((remark) => remark.endsWith('so not measured: times')));
    for (const { metric, verdict, measured } of comparison) {
      // Nothing is checked here.
      if (metric === 'corrupted' || metric === 'lost_before_highest') continue;
      const isTimed = METRICS[metric].timing !== undefined;
      assert.is(verdict === 'not measured' && measured === null, isTimed, `${metric}: ${verdict}`);
      if (METRICS[metric].isOrdered && !isTimed) assert.is(verdict, 'match', metric);
    }
    assert.is(comparison.length, METRIC_NAMES.filter((name) => !METRICS[name].isOfReceiver).length);
  });
}

test.run();
