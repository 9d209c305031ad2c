/** The page of a million datagrams: its size, how soon it can be used, what it says, down to a single datagram. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FlowColumns } from '../../../harness/judge/flowColumns.ts';
import { encodeColumns } from '../../../harness/report/columnsFile.ts';
import { drawReport } from '../../../harness/report/drawReport.ts';
import { formatCsv } from '../../../harness/report/csv.ts';
import { runModelOf } from '../../../harness/report/model/runModel.ts';
import { readPageAssets } from '../../../harness/report/pageAssets.ts';
import { randomStream } from '../../../src/base/random.ts';
import { inFolder } from '../program.ts';
import { browserPath, inBrowser } from '../../../bench/page/browser.ts';
import { brokenRules, drawnPixels, NARROW, open, WIDE } from './browser.ts';

const test = suite('the page of a million datagrams');
const claim = browserPath() === undefined ? (name: string) => test.skip(`${name} (it needs chromium)`) : test;

const DATAGRAMS = 1_000_000;
const MOST_BYTES = 5_000_000;
const LOST_ROW = 777_776;

const identity = {
  run: 'million',
  scenario: 'flags',
  seed: '7',
  clock: 'real',
  mode: 'processes',
  transport: 'linux',
};

/** A stream at 10 µs with delays as noisy as those of a socket, 2 % lost, 1 % reordered. */
function noisy(): FlowColumns {
  const { draw } = randomStream('million');
  const bytes = (chance: number): Uint8Array =>
    Uint8Array.from({ length: DATAGRAMS }, () => (draw() < chance ? 1 : 0));
  const causes = bytes(0.02).map((one) => 3 * one);
  causes[LOST_ROW] = 3;
  return {
    flow: 1,
    direction: 'down',
    client: 1,
    stream: null,
    firstCount: 1,
    numbers: null,
    causes,
    holds: Uint16Array.from(bytes(0.01)),
    copies: bytes(0.01),
    damaged: new Uint8Array(DATAGRAMS),
    arrived: causes.map((cause) => (cause === 0 ? 1 : 0)),
    extents: Uint32Array.from(bytes(0.01)),
    dueNs: Float64Array.from({ length: DATAGRAMS }, (_, row) => row * 10_000),
    delayNs: Float64Array.from(causes, (cause) =>
      cause === 0 ? 20_000 - 200_000 * Math.log(1 - draw()) : Number.POSITIVE_INFINITY,
    ),
    again: { rows: new Uint32Array(0), delayNs: new Float64Array(0) },
  };
}

const lost = DATAGRAMS / 50;
const ledger = formatCsv('ledger', [
  {
    identity,
    rows: [
      {
        flow: 1,
        direction: 'down',
        client: 1,
        sent: DATAGRAMS,
        duplicated: 0,
        dropped: lost,
        kernel_drops_proxy: 0,
        kernel_drops_client: 0,
        kernel_drop_events: 0,
        refused: 0,
        held_at_end: 0,
        delivered: DATAGRAMS - lost,
        unexplained: 0,
        late_p50_us: 1,
        late_p99_us: 2,
        late_max_us: 3,
      },
    ],
  },
]);

const page = drawReport(
  runModelOf(new Map([['ledger.csv', ledger]]), 'million'),
  await encodeColumns([{ identity, columns: [noisy()] }]),
  readPageAssets(),
);

test(`it has at most ${MOST_BYTES} bytes`, () => {
  assert.ok(page.length <= MOST_BYTES, `${page.length} bytes`);
});

claim('it is binned and says so, and a single datagram is found in it', () =>
  inFolder((folder) =>
    inBrowser(async (browser) => {
      const path = join(folder, 'report.html');
      writeFileSync(path, page);
      assert.is(statSync(path).size, readFileSync(path).length);
      const { page: opened, requests, complaints } = await open(browser, path, WIDE);
      await opened.locator('.timeline canvas').waitFor();
      const about = opened.locator('#timeline figcaption .about');
      assert.match(
        (await about.textContent()) ?? '',
        /all 1000000 datagrams, binned: a column is \d+ datagrams/,
      );
      assert.ok((await drawnPixels(opened)) > 10_000);
      await opened.locator('#timeline input').fill(String(LOST_ROW + 1));
      await opened.locator('#timeline input').press('Enter');
      assert.match((await about.textContent()) ?? '', /the 41 datagrams from no\. 777757/);
      await opened
        .locator('#timeline .readout', {
          hasText: 'No. 777777, due at 7.777760 s: dropped: independent; did not arrive.',
        })
        .waitFor();
      assert.equal(await brokenRules(opened), []);
      assert.equal([requests, complaints], [[], []]);
      for (const look of [WIDE, NARROW]) {
        const { page: small } = await open(browser, path, look);
        const box = await small.locator('h1').boundingBox();
        assert.ok(box !== null && box.y >= 0 && box.y + box.height <= look.height, JSON.stringify(box));
      }
    }),
  ),
);

test.run();
