/** Opens a report's page in Debian's Chromium, without a network, and notes whatever it asks for or complains of. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';

const LIMIT_MS = 60_000;

export interface Opened {
  readonly page: Page;
  /** Addresses that were asked for, the page's own left out. */
  readonly requests: string[];
  /** What the console had of warnings and errors, and what was thrown. */
  readonly complaints: string[];
}

export interface Look {
  readonly width: number;
  readonly height: number;
  readonly colorScheme?: 'light' | 'dark';
}

export const WIDE: Look = { width: 1280, height: 800 };
export const NARROW: Look = { width: 375, height: 700 };

/** Opens a file, and waits until its script has drawn. */
export async function open(
  browser: Browser,
  path: string,
  { width, height, colorScheme = 'light' }: Look,
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, offline: true });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  const url = pathToFileURL(path).href;
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) requests.push(request.url());
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  await page.locator('nav').waitFor();
  return { page, requests, complaints };
}

/** Rules of accessibility that the page breaks, with the elements that do. */
export async function brokenRules(page: Page): Promise<string[]> {
  const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(source);
  return page.evaluate(async () => {
    const axe = (
      globalThis as unknown as {
        axe: {
          run: () => Promise<{
            violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
          }>;
        };
      }
    ).axe;
    const { violations } = await axe.run();
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map((node) => `${node.html} (${node.failureSummary ?? ''})`)
          .join('; ')}`,
    );
  });
}

/** Pixels of the timeline's canvas that are not those of its paper. */
export const drawnPixels = (page: Page): Promise<number> =>
  page.locator('.timeline canvas').evaluate((element) => {
    const canvas = element as unknown as {
      width: number;
      height: number;
      getContext(kind: string): {
        getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray };
      };
    };
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let drawn = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) drawn += 1;
    return drawn;
  });
