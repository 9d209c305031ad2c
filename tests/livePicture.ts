/**
 * Takes the pictures of docs/live-page.md: `npm run picture`. It runs the program and looks at its page in Chromium while it runs:
 * docs/scoreboard.png is of the main job's lossy replay, docs/live-page.png of a proxy whose conditions are changed.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inBrowser } from '../bench/page/browser.ts';
import type { Browser } from 'playwright-core';
import { ended, printed, start } from './integration/program.ts';

const DOCS = join(import.meta.dirname, '..', 'docs');
const MOST_BYTES = 300_000;
const WIDTH = 1120;

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

try {
  await inBrowser(takeScoreboard);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
