/**
 * Takes the pictures of docs/live-page.md: `npm run picture`. It runs the program and looks at its page in Chromium while it runs:
 * docs/scoreboard.png is of the main job's lossy replay, docs/live-page.png of a proxy whose conditions are changed.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inBrowser } from '../bench/page/browser.ts';
import type { Browser } from 'playwright-core';
import { ended, printed, start } from './integration/program.ts';

const DOCS = join(import.meta.dirname, '..', 'docs');
const MOST_BYTES = 400_000;
const WIDTH = 1120;
/** Of the picture that is long. */
const NARROWER = 980;

const folder = mkdtempSync(join(tmpdir(), 'matchstream-picture-'));

function judge(path: string): void {
  const { size } = statSync(path);
  console.log(`${path}: ${size} bytes`);
  if (size > MOST_BYTES) throw new Error(`expected at most ${MOST_BYTES} bytes`);
}

/** The clients of a lossy replay, as soon as each has lost something. */
async function takeScoreboard(browser: Browser): Promise<void> {
  const program = start(['run', '--seed', '42', '--web', '0', '--quiet', '--report', 'run'], folder);
  const end = ended(program);
  const [, url = ''] = await printed(program, /page: (\S+)/);
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 } });
  await page.goto(url);
  for (const client of [1, 2, 3])
    await page.locator(`[data-client="client ${client}"] dd.fault[data-fact="lost"]`).waitFor();
  const box = await page.locator('.clients').boundingBox();
  const path = join(DOCS, 'scoreboard.png');
  await page.screenshot({
    path,
    clip: { x: 0, y: 0, width: WIDTH, height: Math.ceil((box?.y ?? 0) + (box?.height ?? 0)) + 24 },
    fullPage: true,
  });
  program.kill('SIGINT');
  await end;
  await page.close();
  judge(path);
}

const bound = async (): Promise<Socket> => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  return socket;
};

/** A server that answers every datagram, and three clients that send one each few milliseconds. Returns what ends them. */
async function talk(echo: Socket, port: number): Promise<() => void> {
  echo.on('message', (bytes, { address, port: from }) => echo.send(bytes, from, address));
  const clients = await Promise.all([bound(), bound(), bound()]);
  const payload = Buffer.alloc(PAYLOAD_BYTES, 'x');
  const timer = setInterval(() => {
    for (const client of clients) client.send(payload, port, '127.0.0.1');
  }, CLIENT_MS);
  return () => {
    clearInterval(timer);
    for (const socket of [echo, ...clients]) socket.close();
  };
}

const PAYLOAD_BYTES = 300;
const CLIENT_MS = 6;
const STEP_MS = 15_000;

/** A proxy whose conditions are changed on its page while three clients talk through it. */
async function takeProxy(browser: Browser): Promise<void> {
  const echo = await bound();
  const ends = ['--listen', '127.0.0.1:0', '--upstream', `127.0.0.1:${echo.address().port}`];
  const knobs = ['--protocol', 'any', '--seed', '7', '--drop', '2%', '--delay', '20ms', '--jitter', '5ms'];
  const options = [...ends, ...knobs, '--direction', 'down', '--control', '127.0.0.1:0', '--log', 'none'];
  const program = start(['proxy', ...options], folder);
  const end = ended(program);
  const [, url = '', port] = await printed(program, /(http:\S+)[^]*listening on 127\.0\.0\.1:(\d+)/);
  const over = await talk(echo, Number(port));
  const page = await browser.newPage({ viewport: { width: NARROWER, height: 900 } });
  await page.goto(url);
  const type = (knob: string, value: string): Promise<void> =>
    page.locator(`[data-knob="down/${knob}"]`).fill(value);
  await page.locator('.charts').waitFor();
  await sleep(STEP_MS);
  await type('delay', '35ms');
  await page.getByRole('button', { name: /^Apply 1 change/ }).click();
  await sleep(STEP_MS);
  await type('drop', '');
  await type('dropBurst', '2%,20%');
  await page.getByRole('button', { name: /^Apply 2 changes/ }).click();
  await sleep(STEP_MS);
  await page.getByRole('button', { name: 'down', exact: true }).click();
  await page.mouse.move(0, 0);
  const path = join(DOCS, 'live-page.png');
  await page.screenshot({ path, fullPage: true });
  over();
  program.kill('SIGINT');
  await end;
  await page.close();
  judge(path);
}

try {
  await inBrowser(takeScoreboard);
  await inBrowser(takeProxy);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
