/**
 * Reads the page's script and style, which the build makes of harness/page. It is loaded only by what draws a page.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/base/errors.ts';
import { packageRoot } from '../../src/base/version.ts';
import type { PageAssets } from './drawReport.ts';

/** The bundle, in the sources as in the package. */
const BUNDLE = join('dist', 'harness', 'page');

/** A script that ends its own element early would show the rest of itself as text. */
const insideElement = (code: string): string => code.replace(/<\/(script|style)/gi, String.raw`<\/$1`);

/** @throws EnvironmentError if the page has not been built */
export function readPageAssets(): PageAssets {
  const folder = join(packageRoot(), BUNDLE);
  try {
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    return { script: insideElement(read('main.js')), style: read('page.css') };
  } catch (cause) {
    throw new EnvironmentError(
      'read-failed',
      `cannot read the report's page in ${folder}; build it with npm run build`,
      { cause },
    );
  }
}
