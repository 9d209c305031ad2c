/**
 * Takes the README's picture of a report: `npm run picture`. It opens the page of the sample replay in Chromium and writes
 * docs/report.png.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { inBrowser, open } from './integration/page/browser.ts';

const ROOT = join(import.meta.dirname, '..');
const PICTURE = join(ROOT, 'docs', 'report.png');
const MOST_BYTES = 300_000;

await inBrowser(async (browser) => {
  const { page } = await open(browser, join(ROOT, 'reports/sample/replay/report.html'), {
    width: 1120,
    height: 1500,
  });
  await page.locator('.timeline canvas').waitFor();
  await page.screenshot({ path: PICTURE, clip: { x: 0, y: 0, width: 1120, height: 1180 } });
});
const { size } = statSync(PICTURE);
console.log(`${PICTURE}: ${size} bytes`);
if (size > MOST_BYTES) throw new Error(`expected at most ${MOST_BYTES} bytes`);
