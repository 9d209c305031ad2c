/** The page of a report in a browser: a clean run, one with mismatches, a hostile one, a benchmark. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Page } from 'playwright-core';
import { setTimeout as sleep } from 'node:timers/promises';
import { Plain } from '../loopback.ts';
import { ended, inFolder, printed, run, start } from '../program.ts';
import { browserPath, inBrowser } from '../../../bench/page/browser.ts';
import { brokenRules, drawnPixels, NARROW, open, WIDE } from './browser.ts';
import type { Look } from './browser.ts';
import { cellsOf } from './cells.ts';

const test = suite('the page in a browser');
const claim = browserPath() === undefined ? (name: string) => test.skip(`${name} (it needs chromium)`) : test;

const RECORDING = join(import.meta.dirname, '../../../recordings/match-42.jsonl');
const REPLAY = ['replay', RECORDING, '--seed', '7', '--clock', 'virtual'];
const LOSSY = ['--drop', '10%', '--reorder', '10%', '--duplicate', '5%', '--delay', '5ms', '--jitter', '2ms'];

/** A replay's folder on the virtual clock. */
async function replayed(folder: string, name: string, ...knobs: string[]): Promise<string> {
  const { stderr } = await run([...REPLAY, ...knobs, '--report', name], folder);
  assert.is(stderr, '');
  return join(folder, name);
}

/** Draws a folder's page again after its tables were changed. */
async function redrawn(folder: string): Promise<void> {
  const { stderr } = await run(['report', folder], folder);
  assert.is(stderr, '');
}

/** Cells of the page that differ from those of the CSV files, and how many there are. */
async function comparedCells(
  page: Page,
  folder: string,
): Promise<{ readonly cells: number; readonly different: string[] }> {
  const cell = cellsOf(folder);
  const shown = await page
    .locator('[data-at]')
    .evaluateAll((all) =>
      all.map((one) => [one.getAttribute('data-at') ?? '', one.textContent ?? ''] as const),
    );
  const different = shown
    .filter(([at, text]) => cell(at) !== text)
    .map(([at, text]) => `${at}: ${cell(at)}, shown ${text}`);
  return { cells: shown.length, different };
}

/** What holds of every page. */
async function judge(page: Page, folder: string): Promise<void> {
  const { width = 0, height = 0 } = page.viewportSize() ?? {};
  const box = await page.locator('h1').boundingBox();
  assert.ok(
    box !== null && box.y >= 0 && box.y + box.height <= height,
    `the verdict at ${width}: ${JSON.stringify(box)}`,
  );
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  assert.ok(Number(overflow) <= 0, `${width} wide, ${overflow} over`);
  const { cells, different } = await comparedCells(page, folder);
  assert.ok(cells > 0);
  assert.equal(different, []);
}

const DARK = { ...WIDE, colorScheme: 'dark' as const };

/** Opens the page as it is looked at, and judges each. Rules of accessibility are those of what is there: once is enough. */
async function judgeEverywhere(
  folder: string,
  more: (page: Page) => Promise<void>,
  looks: readonly Look[] = [WIDE, NARROW],
): Promise<void> {
  await inBrowser(async (browser) => {
    for (const [k, look] of looks.entries()) {
      const { page, requests, complaints } = await open(browser, join(folder, 'report.html'), look);
      await judge(page, folder);
      await more(page);
      if (k === 0 || look === DARK) assert.equal(await brokenRules(page), []);
      assert.equal([requests, complaints], [[], []]);
      await page.context().close();
    }
  });
}

const readout = (page: Page) => page.locator('#timeline .readout');
const about = (page: Page) => page.locator('#timeline figcaption .about');

claim('a clean run: its verdict, its figures, its drawings, by eye, by mouse and by keyboard', () =>
  inFolder(async (parent) => {
    const folder = await replayed(parent, 'clean', ...LOSSY);
    const more = async (page: Page): Promise<void> => {
      assert.match((await page.locator('header').getAttribute('class')) ?? '', /good/);
      assert.ok((await page.locator('#ledger-flow .band').count()) >= 2);
      assert.ok((await page.locator('svg.interval .measured').count()) > 20);
      assert.ok((await page.locator('.plot .series path, .plot .series circle').count()) > 20);
      const pixels = await drawnPixels(page);
      assert.ok(pixels > 2000, `${pixels} pixels`);
    };
    await judgeEverywhere(folder, more, [WIDE, NARROW, DARK]);
    await inBrowser(async (browser) => {
      const { page } = await open(browser, join(folder, 'report.html'), WIDE);
      const timeline = page.locator('.timeline');
      await timeline.focus();
      await page.keyboard.press('ArrowRight');
      assert.match((await readout(page).textContent()) ?? '', /^No\. 1, due at/);
      await page.keyboard.press('ArrowRight');
      assert.match((await readout(page).textContent()) ?? '', /^No\. 2, due at/);
      await page.keyboard.press('+');
      assert.match((await about(page).textContent()) ?? '', /the 26 datagrams from no\. \d+, of 52/);
      for (let k = 0; k < 6; k += 1) await page.keyboard.press('+');
      assert.match((await about(page).textContent()) ?? '', /the datagram from no\. 2, of 52/);
      await page.keyboard.press('0');
      assert.match((await about(page).textContent()) ?? '', /all 52 datagrams/);
      const over = page.locator('.timeline .u-over');
      const box = await over.boundingBox();
      assert.ok(box !== null);
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      assert.match((await readout(page).textContent()) ?? '', /^No\. 2\d, due at/);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2, { steps: 4 });
      await page.mouse.up();
      assert.match((await about(page).textContent()) ?? '', /the 1\d datagrams from no\. 2\d, of 52/);
      await page.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 2);
      assert.match((await about(page).textContent()) ?? '', /all 52 datagrams/);
      const plot = page.locator('.plot svg[tabindex]').first();
      await plot.focus();
      await page.keyboard.press('End');
      assert.match((await page.locator('.plot .readout').first().textContent()) ?? '', /: /);
      await page.emulateMedia({ media: 'print' });
      assert.not.ok(await page.locator('nav').isVisible());
      assert.ok(await page.locator('.timeline canvas').isVisible());
    });
  }),
);

claim('a run with a mismatch is loud: the row, and the command that shows it again', () =>
  inFolder(async (parent) => {
    const folder = await replayed(parent, 'wrong', ...LOSSY);
    const path = join(folder, 'comparison.csv');
    const lines = readFileSync(path, 'utf8').split('\n');
    const at = lines.findIndex((line) => /,2,down,2,\d+,lost,/.test(line));
    lines[at] = (lines[at] as string).replace(/,(\d+),0,match,/, ',99,90,mismatch,');
    writeFileSync(path, lines.join('\n'));
    await redrawn(folder);
    await judgeEverywhere(folder, async (page) => {
      assert.match((await page.locator('header').getAttribute('class')) ?? '', /bad/);
      assert.match((await page.locator('header li').first().textContent()) ?? '', /lost/);
      assert.match((await page.locator('header pre').textContent()) ?? '', /matchstream replay .*--seed 7/);
      assert.is(await page.locator('#comparison tr.mismatch').count(), 1);
      assert.is(await page.locator('tr.chosen td.verdict.mismatch').count(), 1);
    });
  }),
);

claim('names that are markup, formulas, escapes and turned around stay text', () =>
  inFolder(async (parent) => {
    const folder = await replayed(parent, 'hostile', ...LOSSY);
    const hostile = `=<script>document.title='run'</script><img src=x onerror=alert(1)> \\u202e --> </style> "'`;
    const csv = `"'${hostile.replaceAll('"', '""')}"`;
    for (const name of ['comparison', 'ledger', 'ledger_causes', 'reorder_density']) {
      const path = join(folder, `${name}.csv`);
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replaceAll(/^2,hostile,flags,/gm, () => `2,${csv},${csv},`),
      );
    }
    await redrawn(folder);
    await judgeEverywhere(folder, async (page) => {
      assert.match(await page.title(), /<script>/);
      assert.ok(((await page.locator('header').textContent()) ?? '').includes(hostile));
      assert.ok(((await page.locator('#clients').textContent()) ?? '').includes(hostile));
      assert.is(await page.locator('img').count(), 0);
    });
  }),
);

/** Numbers 1 to `count` through a proxy to a program that nobody knows; the folder of its report. */
async function proxied(parent: string, count: number): Promise<string> {
  const receiver = await Plain.open();
  const sender = await Plain.open();
  const knobs = [
    '--protocol',
    'field:u32be@0=1',
    '--drop',
    '10%',
    '--reorder',
    '10%',
    '--duplicate',
    '5%',
    '--direction',
    'up',
  ];
  const ends = ['--listen', '127.0.0.1:0', '--upstream', `127.0.0.1:${receiver.local.port}`, '--seed', '7'];
  const proxy = start(['proxy', ...ends, ...knobs, '--report', 'proxied'], parent);
  const end = ended(proxy);
  const [, port] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
  for (let number = 1; number <= count; number += 1) {
    const bytes = Buffer.alloc(20);
    bytes.writeUInt32BE(number);
    await sender.send({ address: '127.0.0.1', port: Number(port) }, bytes);
    await sleep(1);
  }
  proxy.kill('SIGINT');
  await end;
  await Promise.all([receiver.close(), sender.close()]);
  return join(parent, 'proxied');
}

claim('a proxied run of a program that nobody knows: what entered, and what left', () =>
  inFolder(async (parent) => {
    const folder = await proxied(parent, 200);
    await judgeEverywhere(folder, async (page) => {
      await page.locator('.timeline canvas').waitFor();
      assert.match(
        (await about(page).textContent()) ?? '',
        /flow 1.*: all 200 datagrams, each with its delay from the proxy’s entry to its exit/,
      );
      assert.ok((await drawnPixels(page)) > 2000);
      await page.locator('.timeline').focus();
      await page.keyboard.press('Home');
      assert.match((await readout(page).textContent()) ?? '', /^No\. 1, entered at 0\.000000 s: /);
      assert.ok((await page.locator('#comparison td[data-at$="/entered"]').count()) > 20);
      assert.is(await page.locator('#ledger-flow .band.drop').count(), 1);
    });
  }),
);

claim('a benchmark: rate and lateness against the interval, and no place held for what it has not', () =>
  inFolder(async (parent) => {
    const bench = [
      'bench',
      '--intervals',
      '10ms,1ms,100us,flat',
      '--duration',
      '100ms',
      '--no-micro',
      '--transport',
      'node',
    ];
    await run([...bench, '--report', 'bench'], parent);
    const folder = join(parent, 'bench');
    // Of the tables that take longer to measure, two lines each.
    const identity = 'schema,run,scenario,seed,clock,mode,transport';
    const tables = {
      micro: [
        `${identity},suite,task,ops_per_s,mean_ns,p50_ns,p99_ns,samples,hash`,
        '2,bench,micro,bank,real,in-process,none,codec,encode,1000,900,800,2000,10,abc',
        '2,bench,micro,bank,real,in-process,none,codec,decode,2000,500,400,90000,10,def',
      ],
      peers: [
        `${identity},workload,peer,version,datagram_bytes,duration_s,sent_pps,received_pps,loss_ratio`,
        '2,bench,peers,bank,real,processes,linux,proxy,matchstream,1,1200,1,200000,199000,0',
        '2,bench,peers,bank,real,processes,linux,proxy,other,2,1200,1,50000,49000,0.02',
      ],
    };
    for (const [name, lines] of Object.entries(tables))
      writeFileSync(join(folder, `${name}.csv`), `${lines.join('\n')}\n`);
    await redrawn(folder);
    await judgeEverywhere(folder, async (page) => {
      assert.is(await page.locator('#throughput figure').count(), 2);
      assert.ok((await page.locator('#throughput .series path').count()) >= 4);
      assert.is(await page.locator('#micro figure circle').count(), 2);
      assert.is(await page.locator('#peers figure circle').count(), 2);
      assert.is(await page.locator('#timeline, #ledger-flow').count(), 0);
      assert.match((await page.locator('.absent').first().textContent()) ?? '', /no stream/);
    });
  }),
);

claim(
  'a folder drawn twice gives the same bytes, and two runs of a seed differ in their environment and name only',
  () =>
    inFolder(async (parent) => {
      const [one, other] = [await replayed(parent, 'one', ...LOSSY), await replayed(parent, 'two', ...LOSSY)];
      const page = (folder: string): string => readFileSync(join(folder, 'report.html'), 'utf8');
      const first = page(one);
      await redrawn(one);
      assert.is(page(one), first);
      cpSync(join(one, 'environment.json'), join(other, 'environment.json'));
      for (const name of ['comparison', 'ledger', 'ledger_causes', 'reorder_density']) {
        const path = join(other, `${name}.csv`);
        writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/^2,two,/gm, '2,one,'));
      }
      await redrawn(other);
      assert.is(page(other).replaceAll('two', 'one'), first.replaceAll('two', 'one'));
    }),
);

test('the page has no address of anything but its own parts', () =>
  inFolder(async (parent) => {
    const folder = await replayed(parent, 'plain');
    const text = readFileSync(join(folder, 'report.html'), 'utf8');
    assert.match(text, /default-src 'none'|default-src &#39;none&#39;/);
    assert.not.match(text, /<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)/);
    assert.not.match(text, /url\(\s*["']?https?:|@import/);
  }));

test.run();
