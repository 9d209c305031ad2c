/**
 * Takes the README's picture of a report: `npm run picture`. It opens the page of the sample replay in Chromium and writes
 * docs/report.png.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { inBrowser } from '../bench/page/browser.ts';
import { open } from './integration/page/browser.ts';

const ROOT = join(import.meta.dirname, '..');
const PICTURE = join(ROOT, 'docs', 'report.png');
const MOST_BYTES = 300_000;

const WIDTH = 1120;
const HEIGHT = 1240;

await inBrowser(async (browser) => {
  const sample = join(ROOT, 'reports/sample/replay/report.html');
  const { page } = await open(browser, sample, { width: WIDTH, height: HEIGHT });
  await page.locator('#ledger-flow svg').waitFor();
  // From the verdict to the end of the ledger.
  const ledger = await page.locator('#ledger').boundingBox();
  const height = ledger === null ? HEIGHT : Math.ceil(ledger.y + ledger.height) + 12;
  await page.screenshot({ path: PICTURE, clip: { x: 0, y: 0, width: WIDTH, height } });
});
const { size } = statSync(PICTURE);
console.log(`${PICTURE}: ${size} bytes`);
if (size > MOST_BYTES) throw new Error(`expected at most ${MOST_BYTES} bytes`);
