/**
 * The layering rules: who may import whom, and which few places touch sockets, processes and timers.
 *
 * Pure: it judges files that it is given.
 */
import { isAmong } from './source.ts';
import type { Import, SourceFile } from './source.ts';

/** The program: it alone reaches the other command builders and bench, lazily. */
const PROGRAM = 'harness/cli/main.ts';

/**
 * A module of Node or a package, and the only places that may import it. Folders end in a slash.
 * Whoever adds a place here has found a reason why the thing cannot be handed in from one that is listed already.
 */
const EDGE_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  dgram: ['src/net/'],
  child_process: ['harness/session/', 'bench/'],
  worker_threads: [],
  cluster: [],
  timers: ['harness/report/environment.ts'],
  // Optional: an import that the compiler looks up would not build without it. See src/net/linux/native.ts.
  koffi: [],
};

/** Timers may be set only where something really waits, or measures how well this machine waits. */
const TIMER_PLACES: readonly string[] = [
  // How long a disk that takes nothing is waited for.
  'src/files/',
  'src/net/',
  'harness/proxy/',
  'harness/recording/zlibPump.ts',
  'harness/report/environment.ts',
  'harness/session/',
  'bench/',
];

const TIMER_WORDS = new Set(['setTimeout', 'setInterval', 'setImmediate']);

/** Names, units and kinds of the metrics: data that every opinion shares. */
const CATALOGUE = 'src/metrics/catalogue.ts';

/** Folders of which no file may import a file of the other. */
const FORBIDDEN: readonly (readonly [from: string, to: string])[] = [
  ['src/', 'harness/'],
  ['src/', 'bench/'],
  ['src/', 'tests/'],
  ['harness/', 'tests/'],
  ['bench/', 'tests/'],
  ['harness/expected/', 'src/metrics/'],
];

const isCommand = (path: string): boolean => /^harness\/cli\/\w+Commands?\.ts$/.test(path);

function findImportFaults(path: string, { specifier, path: target, builtin, isDynamic }: Import): string[] {
  const faults: string[] = [];
  const isLazyProgram = path === PROGRAM && isDynamic;
  if (target !== undefined) {
    for (const [from, to] of FORBIDDEN) {
      if (path.startsWith(from) && target.startsWith(to) && target !== CATALOGUE)
        faults.push(`${from} never imports ${to}`);
    }
    const mayBench = path.startsWith('harness/cli/') && (isDynamic || path.endsWith('Run.ts'));
    if (path.startsWith('harness/') && target.startsWith('bench/') && !mayBench)
      faults.push('only what runs a command imports bench/, or import()');
    if (isCommand(target) && !isLazyProgram)
      faults.push(`only ${PROGRAM} imports a command, and by import()`);
  }
  const places = EDGE_IMPORTS[builtin ?? specifier];
  if (places !== undefined && !isAmong(path, places)) faults.push('belongs to the edge');
  return faults;
}

/** Every import and timer that stands where it may not, a line each. */
export function findLayerFaults({ path, code, imports }: SourceFile): string[] {
  const faults = imports.flatMap((one) =>
    findImportFaults(path, one).map((why) => `${path}:${one.line}: imports ${one.specifier}: ${why}`),
  );
  if (!isAmong(path, TIMER_PLACES)) {
    for (const { kind, text, line } of code) {
      if (kind === 'word' && TIMER_WORDS.has(text)) faults.push(`${path}:${line}: uses ${text}`);
    }
  }
  return faults;
}

/** Relative imports that name no file of the tree, a line each. */
export function findBrokenImports(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  return files.flatMap(({ path, imports }) =>
    imports
      .filter(({ path: target }) => target !== undefined && target.endsWith('.ts') && !known.has(target))
      .map(({ specifier, line }) => `${path}:${line}: imports ${specifier}, which is not there`),
  );
}

/** Each circle of imports, as the paths along it, the first repeated at the end. Lazy and type imports do not count. */
export function findCycles(files: readonly SourceFile[]): string[][] {
  const targets = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.flatMap((one) => (one.path === undefined || one.isDynamic || one.isTypeOnly ? [] : [one.path])),
    ]),
  );
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of targets.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of targets.keys()) visit(path);
  return cycles;
}
