/**
 * The live page in a browser, told what a test says: how it looks at any width, what it says when it is cut off, what it asks for
 * when a knob is turned, and that no name becomes markup.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Browser, Page } from 'playwright-core';
import type { LiveState } from '../../../harness/control/liveState.ts';
import { browserPath, inBrowser } from '../../../bench/page/browser.ts';
import { brokenRules, NARROW, WIDE } from './browser.ts';
import type { Look } from './browser.ts';
import { LiveFixture, client, direction, proxy, state } from './liveFixture.ts';

const test = suite('the live page in a browser');
const claim = browserPath() === undefined ? (name: string) => test.skip(`${name} (it needs chromium)`) : test;

const PATIENCE_MS = 30_000;

interface Opened {
  readonly page: Page;
  readonly fixture: LiveFixture;
  /** Requests to anywhere but the fixture. */
  readonly elsewhere: string[];
  readonly complaints: string[];
}

async function opened(look: Look, work: (opened: Opened, browser: Browser) => Promise<void>): Promise<void> {
  const fixture = await LiveFixture.open();
  try {
    await inBrowser(async (browser) => {
      const { width, height, colorScheme = 'light' } = look;
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const elsewhere: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(fixture.url) && !url.startsWith('data:')) elsewhere.push(url);
      });
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto(fixture.url);
      await page.locator('[data-link="live"]').waitFor();
      await work({ page, fixture, elsewhere, complaints }, browser);
    });
  } finally {
    await fixture.close();
  }
}

/** A minute of a proxy that loses a tenth, and since the 30th second a half. */
function second(atS: number): LiveState {
  const arrived = 100 * atS;
  const dropped = 10 * atS + 40 * Math.max(0, atS - 30);
  const down = direction({
    arrived,
    dropped,
    forwarded: arrived - dropped,
    droppedByCause: { independent: dropped },
    rate: 100,
    bytesPerSecond: 12_500,
    delayP50Us: 20_000,
    delayP99Us: 31_000,
    heldNow: 2,
  });
  const flows = [{ flow: 1, client: '127.0.0.1:5001', down, up: direction() }];
  const conditions = { down: { drop: atS > 30 ? '50%' : '10%', delay: '20ms' }, up: {} };
  const one = proxy({ name: 'game', conditions, down, flows, flowsOpen: 1, kernelDrops: 3 });
  return state({ atUs: atS * 1e6, proxies: [one, proxy({ name: 'other' })] });
}

function tellMinute(fixture: LiveFixture): void {
  for (let atS = 0; atS <= 60; atS += 1) fixture.tell(second(atS));
  fixture.tellChange({ proxy: 'game', epoch: 2, atUs: 30e6, down: { drop: '50%', delay: '20ms' } });
}

const MATCH = state({
  atUs: 61e6,
  program: 'live',
  isReadOnly: true,
  match: {
    home: 'Galáticos',
    away: 'The Bests',
    clock: "67'",
    score: [2, 1],
    events: ["67' GOAL Caju finds the corner!", "64' save Portão denies Tarn."],
    clients: [
      client({
        name: 'client 1',
        score: [2, 1],
        clock: "67'",
        received: 60,
        lost: 0,
        twice: 0,
        reordered: 0,
      }),
      client({
        name: 'client 2',
        score: [1, 1],
        clock: "66'",
        received: 57,
        lost: 3,
        twice: 1,
        reordered: 2,
        lateUs: 23_400,
        jitterUs: 1530,
      }),
    ],
    moreClients: 0,
  },
});

const overflow = (page: Page): Promise<unknown> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');

const count = (page: Page, what: string) => page.locator(`[data-count="${what}"]`);

for (const look of [WIDE, NARROW, { ...WIDE, colorScheme: 'dark' as const }])
  claim(`${look.width} pixels, ${'colorScheme' in look ? 'dark' : 'light'}: figures, drawings, match`, () =>
    opened(look, async ({ page, fixture, elsewhere, complaints }) => {
      tellMinute(fixture);
      await count(page, 'down/arrived').filter({ hasText: '6,000' }).waitFor();
      assert.is(await count(page, 'down/dropped').textContent(), '1,800');
      assert.is(await count(page, 'down/– independent').textContent(), '1,800');
      const lost = page.locator('[data-way="down"] .tiles div', { hasText: 'lost, last minute' });
      assert.match((await lost.textContent()) ?? '', /30 %/);
      assert.is(await page.locator('.charts canvas').count(), 4);
      const chart = page.locator('.charts .timeline').nth(1);
      await chart.focus();
      await page.keyboard.press('End');
      const readout = page.locator('.charts .readout').nth(1);
      assert.match((await readout.textContent()) ?? '', /independent 50 %; down: --drop 50% --delay 20ms/);
      await page.keyboard.press('Home');
      assert.match((await readout.textContent()) ?? '', /independent 10 %$/);
      assert.is(await page.locator('.epochs li').count(), 1);
      assert.ok(Number(await overflow(page)) <= 0);
      assert.equal(await brokenRules(page), []);
      fixture.tell(MATCH);
      await page.locator('[data-match="score"]', { hasText: 'Galáticos 2 – 1 The Bests' }).waitFor();
      const behind = page.locator('[data-client="client 2"]');
      assert.match((await behind.getAttribute('class')) ?? '', /behind/);
      assert.is(await behind.locator('[data-fact="lost"]').textContent(), '3 (5 %)');
      assert.is(await page.locator('form').count(), 0);
      assert.ok(Number(await overflow(page)) <= 0);
      assert.equal(await brokenRules(page), []);
      assert.equal([elsewhere, complaints], [[], []]);
    }),
  );

claim('a knob, a preset, an outage, a toxic, by keyboard alone; and a refusal stands beside its knob', () =>
  opened(WIDE, async ({ page, fixture, elsewhere }) => {
    const { proxies } = second(10);
    const toxic = {
      name: 'slow',
      type: 'latency',
      stream: 'downstream',
      toxicity: 1,
      attributes: { latency: 9 },
    };
    fixture.tell(state({ proxies: proxies.map((one) => ({ ...one, toxics: [toxic] })) }));
    const drop = page.locator('[data-knob="down/drop"]');
    await drop.waitFor();
    assert.is(await drop.inputValue(), '10%');
    await drop.focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('500%');
    fixture.answer = [400, { error: '--drop: expected a ratio from 0 to 1, got "500%"', status: 400 }];
    await page.keyboard.press('Enter');
    const alert = page.locator('.knobs [role="alert"]');
    await alert.filter({ hasText: 'expected a ratio from 0 to 1' }).waitFor();
    assert.is(await drop.getAttribute('aria-invalid'), 'true');
    assert.is(await drop.getAttribute('aria-describedby'), await alert.getAttribute('id'));
    assert.is(await drop.inputValue(), '500%');
    assert.equal(await brokenRules(page), []);
    // What goes on meanwhile does not touch what was typed.
    fixture.tell(second(11));
    await count(page, 'down/arrived').filter({ hasText: '1,100' }).waitFor();
    assert.is(await drop.inputValue(), '500%');
    fixture.answer = [200, {}];
    await drop.fill('30%');
    await page.keyboard.press('Enter');
    await page.locator('.knobs [role="status"]', { hasText: 'In force now' }).waitFor();
    await page.locator('.presets select').first().selectOption('satellite');
    await page.locator('.presets select').last().selectOption('up');
    await page.getByRole('button', { name: 'Apply preset' }).click();
    await page.locator('.knobs [role="status"]', { hasText: 'on the way up' }).waitFor();
    await page.getByRole('button', { name: 'Outage' }).click();
    await page.locator('[role="status"]', { hasText: 'Outage for 2s' }).waitFor();
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.locator('[role="status"]', { hasText: 'port is closed' }).waitFor();
    await page.getByRole('button', { name: 'Rebind' }).click();
    await page.locator('[role="status"]', { hasText: 'new port' }).waitFor();
    fixture.tell(state({ atUs: 12e6, proxies: proxies.map((one) => ({ ...one, toxics: [toxic] })) }));
    await page.getByRole('button', { name: 'Remove the toxic slow' }).click();
    await page.locator('[role="status"]', { hasText: 'slow is gone' }).waitFor();
    const put = { method: 'PUT', path: '/proxies/game/conditions', ours: 'page' };
    const post = { method: 'POST', ours: 'page' };
    const satellite = {
      dropBurst: '0.1%,20%',
      delay: '280ms',
      jitter: '4ms',
      distribution: 'normal',
      keepOrder: true,
    };
    assert.equal(fixture.asked, [
      { ...put, body: { down: { drop: '500%', delay: '20ms' } } },
      { ...put, body: { down: { drop: '30%', delay: '20ms' } } },
      { ...put, body: { up: satellite } },
      { ...post, path: '/proxies/game/outage', body: { duration: '2s' } },
      { ...post, path: '/proxies/game', body: { enabled: false } },
      { ...post, path: '/proxies/game/rebind', body: null },
      { method: 'DELETE', path: '/proxies/game/toxics/slow', ours: 'page', body: null },
    ]);
    assert.equal(elsewhere, []);
  }),
);

claim('names and texts that are markup stay text', () =>
  opened(WIDE, async ({ page, fixture, elsewhere, complaints }) => {
    const hostile = `<script>document.title='run'</script><img src=x onerror=alert(1)> </style> "' \u202e`;
    const toxic = { name: hostile, type: hostile, stream: hostile, toxicity: 1, attributes: { a: hostile } };
    const evil = proxy({
      name: hostile,
      listen: hostile,
      upstream: hostile,
      seed: hostile,
      protocol: hostile,
      toxics: [toxic],
      conditions: { down: { drop: hostile }, up: {} },
      flows: [{ flow: 1, client: hostile, down: direction(), up: direction() }],
      flowsOpen: 1,
      down: direction({ droppedByCause: { [hostile]: 3 } }),
    });
    fixture.tell(state({ proxies: [evil, proxy({ name: '__proto__' })] }));
    fixture.tellChange({ proxy: hostile, epoch: 2, atUs: 1, down: { drop: hostile } });
    await page.locator('h2', { hasText: hostile.trim() }).waitFor();
    await page.locator('.epochs li', { hasText: '--drop <script>' }).waitFor();
    await page.locator('summary', { hasText: 'Flows' }).click();
    assert.is((await page.locator('td', { hasText: 'onerror' }).count()) > 0, true);
    fixture.tell({
      ...MATCH,
      doing: hostile,
      match: {
        home: hostile,
        away: hostile,
        clock: hostile,
        score: [0, 0],
        events: [hostile],
        clients: [client({ name: hostile, status: hostile, clock: hostile, score: [0, 0] })],
        moreClients: 1,
      },
    });
    await page.locator('.client h3', { hasText: 'onerror' }).waitFor();
    assert.is(await page.locator('img, main script').count(), 0);
    assert.is(await page.title(), 'matchstream');
    assert.ok(Number(await overflow(page)) <= 0);
    assert.equal(await brokenRules(page), []);
    assert.equal([elsewhere, complaints], [[], []]);
  }),
);

claim(
  'it says when it is cut off, connects again by itself, and asks no more of a program that has ended',
  () =>
    opened(WIDE, async ({ page, fixture, complaints }) => {
      fixture.tell(second(10));
      await count(page, 'down/arrived').filter({ hasText: '1,000' }).waitFor();
      const { port } = fixture;
      await fixture.close();
      await page.locator('[data-link="cut off"]').waitFor();
      assert.match((await page.locator('h1').textContent()) ?? '', /Nobody answers any more/);
      assert.is(await count(page, 'down/arrived').textContent(), '1,000');
      const again = await LiveFixture.open(port);
      try {
        await page.locator('[data-link="live"]').waitFor();
        again.tell(second(20));
        await count(page, 'down/arrived').filter({ hasText: '2,000' }).waitFor();
        complaints.length = 0;
        again.tell({ ...second(21), ended: 'The proxy has ended' });
        await page.locator('[data-link="ended"]').waitFor();
        assert.match(
          (await page.locator('h1').textContent()) ?? '',
          /The proxy has ended\. Below is the last/,
        );
        assert.is(await count(page, 'down/arrived').textContent(), '2,100');
        // It has closed its connection, so an end of the program is no error.
        await again.close();
        assert.equal(complaints, []);
        assert.is(await page.locator('[data-link="ended"]').count(), 1);
      } finally {
        await again.close().catch(() => undefined);
      }
    }),
);

test.run();
