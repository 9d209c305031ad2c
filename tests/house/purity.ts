/**
 * The purity rule: which files may know neither clock, chance, disk nor network, and what gives them away.
 *
 * A pure file may import other pure files, a few packages and the parts of Node that only compute. Pure itself.
 */
import { isAmong } from './source.ts';
import type { SourceFile } from './source.ts';

/** Folders end in a slash. A listed folder must exist and hold a file. */
export const PURE_PLACES: readonly string[] = [
  'src/base/arguments.ts',
  'src/base/errors.ts',
  'src/base/escape.ts',
  'src/base/figures.ts',
  'src/base/fitLines.ts',
  'src/base/jsonMembers.ts',
  'src/base/near.ts',
  'src/base/printable.ts',
  'src/base/quantities.ts',
  'src/base/random.ts',
  'src/net/batch.ts',
  'src/net/endpoint.ts',
  'src/net/pacer.ts',
  'src/net/sendQueue.ts',
  'src/net/source.ts',
  'src/match/',
  'src/protocol/',
  'src/metrics/',
  'src/stream/',
  'src/display/',
  'harness/impairment/',
  'harness/protocols/',
  'harness/expected/',
  'harness/cli/remedies/elsewhere.ts',
  'harness/cli/remedies/mistakes.ts',
  'harness/recording/format.ts',
  'harness/recording/frameBatch.ts',
  'harness/recording/frameLine.ts',
  'harness/recording/lines.ts',
  'harness/recording/recordedFlow.ts',
  'harness/recording/recordingSource.ts',
  'harness/recording/streamFrame.ts',
  'harness/recording/utf8.ts',
];

/** Modules of Node that only compute. From `node:crypto` the random functions are forbidden by name, below. */
const PURE_BUILTINS = new Set(['buffer', 'crypto', 'util']);

/** Packages that only compute. */
const PURE_PACKAGES = new Set(['hdr-histogram-js', 'seedrandom']);

/** Words that reach a clock, chance, the process or the terminal, wherever they stand but after a dot. */
const IMPURE_WORDS = new Set([
  'Date',
  'Worker',
  'console',
  'crypto',
  'eval',
  'fetch',
  'getRandomValues',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'randomBytes',
  'randomFill',
  'randomFillSync',
  'randomInt',
  'randomUUID',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

/** Members that draw from chance, whatever they are called on. */
const IMPURE_MEMBERS = new Set([
  'getRandomValues',
  'randomBytes',
  'randomFillSync',
  'randomInt',
  'randomUUID',
]);

/** What makes `file` impure, a line each; none for a pure file. */
export function findImpurities({ path, code, imports }: SourceFile): string[] {
  const faults: string[] = [];
  for (const { specifier, path: target, builtin, line } of imports) {
    const isPure =
      target === undefined
        ? builtin === undefined
          ? PURE_PACKAGES.has(specifier)
          : PURE_BUILTINS.has(builtin)
        : isAmong(target, PURE_PLACES);
    if (!isPure) faults.push(`${path}:${line}: imports ${specifier}`);
  }
  for (const [index, { kind, text, line }] of code.entries()) {
    if (kind !== 'word') continue;
    const isMember = code[index - 1]?.text === '.' && code[index - 2]?.text !== '.';
    const owner = isMember ? code[index - (code[index - 2]?.text === '?' ? 3 : 2)]?.text : undefined;
    if (isMember ? IMPURE_MEMBERS.has(text) : IMPURE_WORDS.has(text))
      faults.push(`${path}:${line}: uses ${text}`);
    else if (owner === 'Math' && text === 'random') faults.push(`${path}:${line}: uses Math.random`);
  }
  return faults;
}
