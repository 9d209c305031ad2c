/**
 * Version and root folder of this package, from its package.json.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the package.json above this file, in the sources as in the build. */
export const packageRoot = (): string => find().root;

export const version = (): string => find().version;

function find(): { readonly root: string; readonly version: string } {
  for (let root = import.meta.dirname; ; root = dirname(root)) {
    try {
      const { version: found } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
        version: string;
      };
      return { root, version: found };
    } catch {
      if (root === dirname(root)) throw new Error('package.json is missing beside matchstream');
    }
  }
}
