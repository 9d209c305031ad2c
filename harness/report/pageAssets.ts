/**
 * Reads the pages' scripts and styles, which the build makes of harness/page. It is loaded only by what draws a page.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/base/errors.ts';
import { packageRoot } from '../../src/base/version.ts';
import type { PageAssets } from './drawReport.ts';

/** The bundles, in the sources as in the package. */
const BUNDLES = join('dist', 'harness', 'page');

/** A script that ends its own element early would show the rest of itself as text. */
const insideElement = (code: string): string => code.replace(/<\/(script|style)/gi, String.raw`<\/$1`);

/** One of the bundles' files. @throws EnvironmentError if the pages have not been built */
export function readBundled(name: string): string {
  const folder = join(packageRoot(), BUNDLES);
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch (cause) {
    throw new EnvironmentError(
      'read-failed',
      `cannot read the pages' scripts in ${folder}; build them with npm run build`,
      { cause },
    );
  }
}

/** What stands in a report's page. @throws EnvironmentError if it has not been built */
export const readPageAssets = (): PageAssets => ({
  script: insideElement(readBundled('main.js')),
  style: readBundled('page.css'),
});
