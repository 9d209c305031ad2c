/**
 * Debian's Chromium: where it is, and how long a page takes there until it can be used.
 */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser's program; undefined if this machine has none. */
export const browserPath = (): string | undefined => PLACES.find((path) => existsSync(path));

const LIMIT_MS = 60_000;

/** Calls `work` with a browser that ends with it. */
export async function inBrowser<T>(work: (browser: Browser) => Promise<T>): Promise<T> {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: browserPath() ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    timeout: LIMIT_MS,
  });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/** Milliseconds from asking for a page until its timeline answers a key with what became of the first datagram. */
export async function interactiveMs(browser: Browser, path: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, offline: true });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    const beganMs = performance.now();
    await page.goto(pathToFileURL(path).href);
    await page.locator('.timeline canvas').waitFor();
    await page.locator('.timeline').press('Home');
    await page.locator('#timeline .readout', { hasText: /^Nos?\. 1\b/ }).waitFor();
    return performance.now() - beganMs;
  } finally {
    await context.close();
  }
}
