/**
 * The layering rules that no floor says: who may import a command, which few places touch sockets and processes, and
 * where a protocol may be called by its name.
 * Timers, and circles of imports, are the linter's (.oxlintrc.json).
 *
 * It judges files that it is given.
 */
import { isStringLiteral } from 'typescript/unstable/ast/is';
import { isAmong, lineOf, nodesOf } from './source.ts';
import type { Import, SourceFile } from './source.ts';

/** The program: it alone reaches the other command builders and bench, lazily. */
const PROGRAM = 'harness/cli/main.ts';

/**
 * A module of Node or a package, and the only places that may import it. Folders end in a slash.
 * Whoever adds a place here has found a reason why the thing cannot be handed in from one that is listed already.
 */
const EDGE_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  // The load of the benchmark of many flows shares no code with what it measures.
  dgram: ['src/net/', 'bench/changes/', 'bench/flows/'],
  child_process: ['harness/session/', 'bench/', 'src/net/linux/loadGuard.ts'],
  worker_threads: [
    'harness/recording/startThread.ts',
    'harness/recording/threads/',
    'harness/recording/tap/',
  ],
  cluster: [],
  // Open pages are part of a benchmark's load.
  http: ['harness/control/httpServer.ts', 'bench/peers/pagesWorkload.ts'],
  '@hono/node-server': ['harness/control/httpServer.ts'],
  timers: ['harness/report/environment.ts'],
  // Optional: an import that the compiler looks up would not build without it. See src/net/linux/native.ts.
  koffi: [],
};

/** Names, units and kinds of the metrics: data that every opinion shares. */
const CATALOGUE = 'src/metrics/catalogue.ts';

/** Folders of which no file may import a file of the other. */
const FORBIDDEN: readonly (readonly [from: string, to: string])[] = [
  ['src/', 'harness/'],
  ['src/', 'bench/'],
  ['', 'tests/'],
  ['harness/expected/', 'src/metrics/'],
  ['harness/proxy/', 'src/protocol/'],
];

/** What a protocol is, and what all of them share. */
const PROTOCOL_FACE: readonly string[] = [
  'harness/protocols/protocol.ts',
  'harness/protocols/indexReader.ts',
  // Which one it is, is that file's business.
  'harness/protocols/defaultProtocol.ts',
];
/** Where protocols may be called by their names; and where one of these is the name of the program. */
const NAMING: readonly string[] = ['harness/protocols/', 'harness/testing/', 'harness/cli/', 'tests/'];
const PROGRAM_NAMES: readonly string[] = [
  'harness/shrink/commandLine.ts',
  'harness/report/model/commandAgain.ts',
  'bench/peers/',
];

const isCommand = (path: string): boolean => /^harness\/cli\/\w+Command\.ts$/.test(path);
const isRun = (path: string): boolean => /^harness\/cli\/\w+Run\.ts$/.test(path);

function findImportFaults(path: string, one: Import): string[] {
  const { specifier, path: target, builtin, isDynamic, isTypeOnly } = one;
  const faults: string[] = [];
  const isLazyProgram = path === PROGRAM && isDynamic;
  if (target !== undefined) {
    for (const [from, to] of FORBIDDEN) {
      if (path.startsWith(from) && target.startsWith(to) && target !== CATALOGUE)
        faults.push(`nothing ${from === '' ? 'here' : `in ${from}`} imports ${to}`);
    }
    const mayBench = path.startsWith('harness/cli/') && (isDynamic || isRun(path));
    if (path.startsWith('harness/') && target.startsWith('bench/') && !mayBench)
      faults.push('only what runs a command imports bench/, or import()');
    // What runs a command is given its options.
    if (isCommand(target) && !isLazyProgram && !(isRun(path) && isTypeOnly))
      faults.push(`only ${PROGRAM} imports a command, and by import()`);
  }
  if (path.startsWith('harness/proxy/') && target?.startsWith('harness/protocols/') === true) {
    if (!PROTOCOL_FACE.includes(target)) faults.push('the proxy knows what a protocol is, and none of them');
  }
  const places = EDGE_IMPORTS[builtin ?? specifier];
  if (places !== undefined && !isAmong(path, places)) faults.push('belongs to the edge');
  return faults;
}

/** Every import that stands where it may not, a line each. */
export const findLayerFaults = ({ path, imports }: SourceFile): string[] =>
  imports.flatMap((one) =>
    findImportFaults(path, one).map((why) => `${path}:${one.line}: imports ${one.specifier}: ${why}`),
  );

/** Every text that names a protocol where protocols are values, a line each. */
export function findProtocolNames({ path, tree }: SourceFile): string[] {
  if (isAmong(path, [...NAMING, ...PROGRAM_NAMES])) return [];
  return nodesOf(tree)
    .filter((node) => isStringLiteral(node) && /^(matchstream|any|rtp|field)([:/].*)?$/.test(node.text))
    .map((node) => `${path}:${lineOf(tree, node)}: names a protocol`);
}
