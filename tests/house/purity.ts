/**
 * The purity rule: a pure file may import other pure files, a few packages and the parts of Node that only compute.
 * Which files are pure is said once, in .oxlintrc.json, for the linter looks for the clock, chance, the process and the
 * terminal in them.
 *
 * It judges files that it is given.
 */
import { isAmong, readText } from './source.ts';
import type { SourceFile } from './source.ts';

interface Override {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, unknown>>;
}

/** Those of which the linter knows what gives impurity away. Folders end in a slash. */
export const PURE_PLACES: readonly string[] = (
  JSON.parse(readText('.oxlintrc.json')) as { readonly overrides: readonly Override[] }
).overrides
  .filter(({ rules }) => 'no-restricted-properties' in rules)
  .flatMap(({ files }) => files.map((glob) => glob.replace(/\*\*$/, '')));

/** Modules of Node that only compute. From `node:crypto` the linter forbids the random functions by name. */
const PURE_BUILTINS = new Set(['buffer', 'crypto', 'util']);

/** Packages that only compute. */
const PURE_PACKAGES = new Set(['hdr-histogram-js', 'seedrandom']);

/** What impure things a file imports, a line each; none for a pure file. */
export const findImpureImports = ({ path, imports }: SourceFile): string[] =>
  imports.flatMap(({ specifier, path: target, builtin, line }) => {
    const isPure =
      target === undefined
        ? builtin === undefined
          ? PURE_PACKAGES.has(specifier)
          : PURE_BUILTINS.has(builtin)
        : isAmong(target, PURE_PLACES);
    return isPure ? [] : [`${path}:${line}: imports ${specifier}`];
  });
