/**
 * The version of this package, from its package.json. An edge module: it reads that file.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the package.json is, above this file: one step up in the sources, two in the build. */
export function version(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    try {
      const { version: found } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        version: string;
      };
      return found;
    } catch {
      if (folder === dirname(folder)) throw new Error('package.json is missing beside matchstream');
    }
  }
}
