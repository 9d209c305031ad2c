/**
 * A replay of a recording of several hundred megabytes, made here: what it takes in memory, with a verdict and without. It
 * prints its figures.
 */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measureReplay } from '../../bench/recording/measureReplay.ts';
import { writeStream } from '../../bench/recording/files.ts';
import { temporaryFolder } from '../harness/recording/tiny.ts';

const folder = temporaryFolder();
const DATAGRAM_BYTES = 1200;
/** Far more than payloads that are kept: 64 MiB. */
const FEW = 70_000;
const MANY = 280_000;
/** Of the whole process, with the compiler of tests in it. */
const MAX_MIB = 300;
/** What a datagram more may take for one client, V8's leisure included: payloads would be 1200. */
const MAX_ROW_BYTES = 200;
/** What the process without a verdict may take more for four times the datagrams: V8's young generation grows. */
const LEEWAY_MIB = 40;

const test = suite('a recording of several hundred megabytes');

test('is replayed without being in memory; without a verdict nothing of a datagram is', async () => {
  const measured: { whole: number; none: number }[] = [];
  for (const datagrams of [FEW, MANY]) {
    const path = join(folder, 'large.jsonl');
    await writeStream(path, DATAGRAM_BYTES, datagrams);
    const whole = await measureReplay(path, 1, true);
    const none = await measureReplay(path, 1, false);
    console.log(
      `${(statSync(path).size / 1e6).toFixed(0)} MB, ${datagrams} datagrams: ${whole.peakMib.toFixed(0)} MiB in ` +
        `${whole.seconds.toFixed(1)} s; without a verdict ${none.peakMib.toFixed(0)} MiB in ${none.seconds.toFixed(1)} s`,
    );
    rmSync(path);
    for (const { mismatches, unexplained, sent } of [whole, none])
      assert.equal([mismatches, unexplained, sent], [0, 0, datagrams]);
    measured.push({ whole: whole.peakMib, none: none.peakMib });
  }
  const [few, many] = measured as [{ whole: number; none: number }, { whole: number; none: number }];
  assert.ok(many.whole < MAX_MIB, `${many.whole} MiB`);
  const rowBytes = ((many.whole - few.whole) * 2 ** 20) / (MANY - FEW);
  assert.ok(rowBytes < MAX_ROW_BYTES, `${rowBytes} bytes a datagram`);
  assert.ok(many.none < few.none + LEEWAY_MIB, `${few.none} MiB, then ${many.none} MiB`);
});

test.run();
