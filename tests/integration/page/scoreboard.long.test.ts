/**
 * The match on the page of a running program: the score is that of the clients' own output and of the recording of the same seed,
 * it moves while the match is played, and the last one stays.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Browser, Page } from 'playwright-core';
import { ended, inFolder, printed, start } from '../program.ts';
import { browserPath, inBrowser } from '../../../bench/page/browser.ts';
import { brokenRules, WIDE } from './browser.ts';

const test = suite('the scoreboard in a browser');
const claim = browserPath() === undefined ? (name: string) => test.skip(`${name} (it needs chromium)`) : test;

const RECORDING = join(import.meta.dirname, '../../../recordings/match-42.jsonl');

/** The scores of the match of seed 42, as its recording has them, without repeats. */
function recordedScores(): string[] {
  const scores = readFileSync(RECORDING, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .flatMap((line) => (JSON.parse(line) as { readonly d?: string }).d ?? [])
    .map((text) => (JSON.parse(text) as { readonly message: { readonly score: string } }).message.score);
  return distinct(scores.map((score) => /\d+ - \d+/.exec(score)?.[0] ?? ''));
}

const distinct = (texts: readonly string[]): string[] => texts.filter((text, k) => text !== texts[k - 1]);

interface Watched {
  readonly page: Page;
  readonly complaints: string[];
  readonly elsewhere: string[];
}

/** Opens a page and notes every score that it shows. */
async function watched(browser: Browser, url: string): Promise<Watched> {
  const page = await browser.newPage({ viewport: WIDE });
  const complaints: string[] = [];
  const elsewhere: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) elsewhere.push(request.url());
  });
  await page.goto(url);
  await page.evaluate(`
    globalThis.scores = [];
    setInterval(() => {
      const goals = document.querySelector('[data-match="score"] .goals')?.textContent;
      const clock = document.querySelector('[data-match="clock"]')?.textContent;
      if (goals !== undefined && clock !== 'before the match') globalThis.scores.push(goals);
    }, 50);
  `);
  return { page, complaints, elsewhere };
}

/** The scores that the page has shown, without repeats, written as in a datagram. */
const shownScores = async (page: Page): Promise<string[]> =>
  distinct(await page.evaluate<string[]>('globalThis.scores')).map((score) => score.replace('–', '-'));

/** Whether some texts occur in this order. */
function isInOrder(some: readonly string[], all: readonly string[]): boolean {
  let at = 0;
  for (const text of all) if (text === some[at]) at += 1;
  return at === some.length;
}

const score = (page: Page, client: string) => page.locator(`[data-client="${client}"] [data-client-score]`);

claim('a live run: score and clients move as it is played, and the last stays when it has ended', () =>
  inFolder((folder) =>
    inBrowser(async (browser) => {
      const options = ['--seed', '42', '--interval', '60ms', '--clients', '2', '--report', 'shown'];
      const program = start(['live', ...options, '--web', '0'], folder);
      const end = ended(program);
      const [, url = ''] = await printed(program, /page: (\S+)/);
      const { page, complaints, elsewhere } = await watched(browser, url);
      await score(page, 'client 2').waitFor();
      assert.equal(await brokenRules(page), []);
      const { code, stderr } = await end;
      assert.equal([code, stderr], [0, '']);
      await page.locator('[data-link="ended"]').waitFor();
      const all = recordedScores();
      const shown = await shownScores(page);
      assert.ok(isInOrder(shown, all), `${shown.join(', ')} of ${all.join(', ')}`);
      assert.is(shown.at(-1), all.at(-1));
      for (const client of [1, 2]) {
        assert.is((await score(page, `client ${client}`).textContent())?.replace('–', '-'), all.at(-1));
        const facts = page.locator(`[data-client="client ${client}"] dd`);
        const figures = JSON.parse(
          readFileSync(join(folder, `shown/logs/client-${client}.stats.json`), 'utf8'),
        ) as { readonly statistics: Readonly<Record<string, number>> };
        const { received, lost, duplicates, reordered } = figures.statistics;
        assert.equal(
          (await facts.allTextContents()).slice(0, 4),
          [received, lost, duplicates, reordered].map(String),
        );
      }
      assert.match((await page.locator('[data-match="clock"]').textContent()) ?? '', /FULL TIME/);
      assert.equal([complaints, elsewhere], [[], []]);
    }),
  ),
);

claim('a server by itself: the score is that of the client’s own output, and the client has an address', () =>
  inFolder((folder) =>
    inBrowser(async (browser) => {
      const options = ['--port', '0', '--seed', '42', '--interval', '100ms', '--log', 'none', '--web', '0'];
      const server = start(['server', ...options], folder);
      const serverEnd = ended(server);
      const [, url = '', address = ''] = await printed(server, /page: (\S+)[^]*listening on (\S+)/);
      const { page, complaints, elsewhere } = await watched(browser, url);
      await page.locator('[data-match="clock"]', { hasText: 'before the match' }).waitFor();
      const client = start(['client', address, '--log', 'none'], folder);
      const { code, stdout } = await ended(client);
      assert.is(code, 0);
      assert.is((await serverEnd).code, 0);
      await page.locator('[data-link="ended"]').waitFor();
      const printedScores = distinct(
        [...stdout.matchAll(/ (\d+ - \d+) .* · /g)].map(([, text = '']) => text),
      );
      assert.equal(printedScores, recordedScores());
      const shown = await shownScores(page);
      assert.ok(isInOrder(shown, printedScores), `${shown.join(', ')} of ${printedScores.join(', ')}`);
      assert.is(shown.at(-1), printedScores.at(-1));
      assert.ok(shown.length >= 3, `only ${shown.join(', ')}`);
      const card = page.locator('.client');
      assert.match((await card.locator('h3').textContent()) ?? '', /^client \d+ at 127\.0\.0\.1:\d+$/);
      assert.match((await card.locator('.status').textContent()) ?? '', /^left: /);
      assert.is(await card.locator('[data-fact="sent"]').textContent(), '52');
      assert.equal([complaints, elsewhere], [[], []]);
    }),
  ),
);

test.run();
