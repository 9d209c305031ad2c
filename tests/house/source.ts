/**
 * A source file as the house rules see it: its tree, and what it imports, as the compiler reads them.
 *
 * The compiler is asked to parse texts, and nothing else: it sees no other file, and looks up no type. Its interface is
 * called unstable; package-lock.json pins it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { isCallExpression, isStringLiteral } from 'typescript/unstable/ast/is';
import type { Node, SourceFile as Tree } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** The project's file it names, relative to the root; undefined for a package or a module of Node. */
  readonly path: string | undefined;
  /** `fs` for `node:fs`, `fs` and `node:fs/promises`; undefined for anything else. */
  readonly builtin: string | undefined;
  readonly isDynamic: boolean;
  /** Whether it is gone once types are erased (`import type`). */
  readonly isTypeOnly: boolean;
  readonly line: number;
}

export interface SourceFile {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: Tree;
  readonly imports: readonly Import[];
}

const ROOT = posix.join(import.meta.dirname.replaceAll('\\', '/'), '../..');

const texts = new Map<string, string>();
const compiler = new API({
  fs: {
    readFile: (path) => texts.get(path) ?? null,
    fileExists: (path) => texts.has(path),
    directoryExists: () => true,
  },
});

export const lineOf = (tree: Tree, node: Node): number =>
  tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;

/** Every node of a tree, a parent before its children. */
export function nodesOf(node: Node): Node[] {
  const nodes = [node];
  node.forEachChild((child) => void nodes.push(...nodesOf(child)));
  return nodes;
}

function importsOf(path: string, tree: Tree): Import[] {
  return tree.imports.filter(isStringLiteral).map((node) => ({
    specifier: node.text,
    path: node.text.startsWith('.') ? posix.join(posix.dirname(path), node.text) : undefined,
    builtin: isBuiltin(node.text) ? node.text.replace(/^node:/, '').split('/')[0] : undefined,
    isDynamic: isCallExpression(node.parent),
    isTypeOnly: tree.text.startsWith('import type ', node.parent.getStart(tree)),
    line: lineOf(tree, node),
  }));
}

/** Parses files. Paths are relative to the project's root. Throws on a text that is no TypeScript. */
function readSources(files: readonly (readonly [path: string, text: string])[]): SourceFile[] {
  const root = `/house-${texts.size}`;
  const config = `${root}/tsconfig.json`;
  for (const [path, text] of files) texts.set(`${root}/${path}`, text);
  const compilerOptions = { module: 'nodenext', noEmit: true, noLib: true, noResolve: true, types: [] };
  texts.set(config, JSON.stringify({ compilerOptions, files: files.map(([path]) => path) }));
  const program = compiler.updateSnapshot({ openProjects: [config] }).getProject(config)?.program;
  const [fault] = program?.getSyntacticDiagnostics() ?? [];
  if (fault !== undefined) throw new Error(`${fault.fileName}: ${fault.text}`);
  return files.map(([path, text]) => {
    const tree = program?.getSourceFile(`${root}/${path}`);
    if (tree === undefined) throw new Error(`the compiler did not read ${path}`);
    return { path, text, tree, imports: importsOf(path, tree) };
  });
}

export const readSource = (path: string, text: string): SourceFile =>
  readSources([[path, text]])[0] as SourceFile;

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
  const paths = folders.flatMap(listFiles).filter((path) => /\.tsx?$/.test(path));
  return readSources(paths.map((path) => [path, readText(path)]));
}

/** Whether a path is one of the given files, or lies in one of the given folders (which end in a slash). */
export function isAmong(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));
}
