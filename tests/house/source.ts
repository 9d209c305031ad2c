/**
 * A source file as the house rules see it: its tokens, and what it imports.
 *
 * `readSource` is pure; only `readTree` touches the disk.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { tokenise } from './tokens.ts';
import type { Token } from './tokens.ts';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** The project's file it names, relative to the root; undefined for a package or a module of Node. */
  readonly path: string | undefined;
  /** `fs` for `node:fs`, `fs` and `node:fs/promises`; undefined for anything else. */
  readonly builtin: string | undefined;
  readonly isDynamic: boolean;
  readonly isTypeOnly: boolean;
  readonly line: number;
}

export interface SourceFile {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: readonly Token[];
  readonly imports: readonly Import[];
}

const ROOT = posix.join(import.meta.dirname.replaceAll('\\', '/'), '../..');

function findImports(code: readonly Token[], path: string): Import[] {
  const imports: Import[] = [];
  const is = (index: number, text: string): boolean =>
    code[index]?.text === text && ['word', 'punctuation'].includes(code[index].kind);
  const add = (at: Token | undefined, isDynamic: boolean, isTypeOnly: boolean): void => {
    if (at?.kind !== 'string') return;
    const specifier = at.text;
    imports.push({
      specifier,
      path: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined,
      builtin: isBuiltin(specifier) ? specifier.replace(/^node:/, '').split('/')[0] : undefined,
      isDynamic,
      isTypeOnly,
      line: at.line,
    });
  };
  for (const index of code.keys()) {
    const isStart = (is(index, 'import') || is(index, 'export')) && !is(index - 1, '.');
    if (!isStart) continue;
    if (is(index + 1, '(')) add(code[index + 2], true, false);
    else if (is(index, 'import') && code[index + 1]?.kind === 'string') add(code[index + 1], false, false);
    else {
      // `import A, { b, type C } from '…'`, `export * from '…'`: only names, commas, braces and a star before `from`.
      let end = index + 1;
      while (code[end]?.kind === 'word' ? !is(end + 1, '=') : /^[{},*]$/.test(code[end]?.text ?? '')) {
        if (is(end, 'from') && code[end + 1]?.kind === 'string') {
          add(code[end + 1], false, is(index + 1, 'type') && !is(index + 2, 'from'));
          break;
        }
        end += 1;
      }
    }
  }
  return imports;
}

/** Reads a file's text. `path` is relative to the project's root. */
export function readSource(path: string, text: string): SourceFile {
  const code = tokenise(text).filter((token) => token.kind !== 'comment');
  return { path, text, code, imports: findImports(code, path) };
}

/** Every path of a file below a folder of the project, sorted; none when there is no such folder. */
export function listFiles(folder: string): string[] {
  const absolute = posix.join(ROOT, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.relative(ROOT, posix.join(entry.parentPath.replaceAll('\\', '/'), entry.name)))
    .toSorted();
}

/** A file's text. */
export function readText(path: string): string {
  return readFileSync(posix.join(ROOT, path), 'utf8');
}

/** Every TypeScript file below the given folders. */
export function readTree(...folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap(listFiles)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readSource(path, readText(path)));
}

/** Whether a path is one of the given files, or lies in one of the given folders (which end in a slash). */
export function isAmong(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));
}
