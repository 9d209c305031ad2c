/**
 * Knobs that are turned on the live page of a real proxy: what they do is counted by a program in Python that knows nothing of us.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Page } from 'playwright-core';
import { browserPath, inBrowser } from '../../../bench/page/browser.ts';
import { missingPython } from '../foreignSockets.ts';
import { ended, inFolder, printed, start } from '../program.ts';
import { brokenRules, WIDE } from './browser.ts';

const test = suite('knobs turned on the live page');
const lacks = browserPath() === undefined ? 'it needs chromium' : missingPython();
const claim = lacks === null ? test : (name: string) => test.skip(`${name} (${lacks})`);

/**
 * Prints the port of its sink; then, for each line `PORT COUNT`, sends so many datagrams to that port and prints how many came to the
 * sink, once nothing has come for a while.
 */
const COUNTER = `
import socket, sys, time
sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sink.bind(('127.0.0.1', 0))
source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
source.bind(('127.0.0.1', 0))
print(sink.getsockname()[1], flush=True)
def come(wait):
    sink.settimeout(wait)
    try:
        sink.recv(2000)
        return 1
    except (BlockingIOError, TimeoutError, socket.timeout):
        return 0
for line in sys.stdin:
    port, count = map(int, line.split())
    received = 0
    for number in range(count):
        source.sendto(b'datagram %d' % number, ('127.0.0.1', port))
        received += come(0.001)
    while come(1):
        received += 1
    print(received, flush=True)
`;

class Counter {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#child = spawn('python3', ['-u', '-c', COUNTER], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async number(): Promise<number> {
    const { value } = (await this.#lines.next()) as { readonly value: string };
    return Number(value);
  }

  /** Of so many datagrams to a port, how many come. */
  receivedOf(count: number, port: number): Promise<number> {
    this.#child.stdin.write(`${port} ${count}\n`);
    return this.number();
  }

  end(): void {
    this.#child.stdin.end();
  }
}

const SENT = 300;
/** Of 300 that are lost with a half each, fewer or more than these are lost once in a million times. */
const [FEWEST, MOST] = [107, 193];

async function apply(page: Page, knob: string, value: string): Promise<void> {
  await page.locator(`[data-knob="${knob}"]`).fill(value);
  await page.getByRole('button', { name: /^Apply 1 change$/ }).click();
  await page.locator('.knobs [role="status"]', { hasText: 'In force now' }).waitFor();
}

const counted = (page: Page, what: string, count: number) =>
  page.locator(`[data-count="${what}"]`, { hasText: count.toLocaleString('en-GB') }).waitFor();

claim('a drop, a preset taken away and an outage change the losses that a foreign program counts', () =>
  inFolder((folder) =>
    inBrowser(async (browser) => {
      const counter = new Counter();
      const sinkPort = await counter.number();
      const ends = ['--listen', '127.0.0.1:0', '--upstream', `127.0.0.1:${sinkPort}`, '--protocol', 'any'];
      const options = [...ends, '--seed', '7', '--log', 'none', '--control', '127.0.0.1:0'];
      const program = start(['proxy', ...options], folder);
      const end = ended(program);
      const found = await printed(program, /(http:\S+)[^]*listening on 127\.0\.0\.1:(\d+)/);
      const [, url = ''] = found;
      const port = Number(found[2]);
      const page = await browser.newPage({ viewport: WIDE });
      const complaints: string[] = [];
      const elsewhere: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('request', (request) => {
        if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
          elsewhere.push(request.url());
      });
      await page.goto(url);
      await page.locator('[data-knob="up/drop"]').waitFor();
      assert.is(await counter.receivedOf(SENT, port), SENT);
      await apply(page, 'up/drop', '50%');
      const half = await counter.receivedOf(SENT, port);
      assert.ok(SENT - half >= FEWEST && SENT - half <= MOST, `${half} of ${SENT} came`);
      await counted(page, 'up/dropped', SENT - half);
      await counted(page, 'up/– independent', SENT - half);
      await apply(page, 'up/drop', '100%');
      assert.is(await counter.receivedOf(SENT, port), 0);
      await counted(page, 'up/dropped', 2 * SENT - half);
      await page.getByRole('button', { name: 'No impairment' }).click();
      await page.locator('.knobs [role="status"]', { hasText: 'down and up' }).waitFor();
      assert.is(await counter.receivedOf(SENT, port), SENT);
      await page.locator('.tools input[size]').fill('1h');
      await page.getByRole('button', { name: 'Outage' }).click();
      await page.locator('[role="status"]', { hasText: 'Outage for 1h' }).waitFor();
      assert.is(await counter.receivedOf(20, port), 0);
      await counted(page, 'up/– outage', 20);
      await counted(page, 'up/arrived', 4 * SENT + 20);
      // Two drops, their end, the outage.
      await page.locator('.epochs li').nth(3).waitFor();
      assert.equal(await brokenRules(page), []);
      assert.equal([complaints, elsewhere], [[], []]);
      // Refused beside its knob, and nothing has changed.
      await page.locator('[data-knob="down/delay"]').fill('5 parsecs');
      await page.keyboard.press('Enter');
      await page.locator('.knobs [role="alert"]', { hasText: 'down.delay' }).waitFor();
      assert.is(await page.locator('[data-knob="down/delay"]').getAttribute('aria-invalid'), 'true');
      program.kill('SIGINT');
      counter.end();
      assert.is((await end).code, 0);
      await page.locator('[data-link="cut off"]').waitFor();
    }),
  ),
);

test.run();
