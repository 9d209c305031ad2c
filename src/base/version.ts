/**
 * The version of this package, from its package.json, and where that is. An edge module: it reads that file.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the package.json above this file: one step up in the sources, two in the build. */
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
