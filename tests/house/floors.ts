/**
 * The floors: the order of the rooms. No import, a type's included, goes up.
 *
 * It judges files that it is given.
 */
import type { SourceFile } from './source.ts';

/** Folders, the lowest first. A folder below one that is listed is of the same floor. */
export const FLOORS: readonly string[] = [
  'src/base',
  'src/files',
  'src/net',
  'src/metrics',
  'src/match',
  'src/protocol',
  'src/stream',
  'src/display',
  'src/service',
  'harness/impairment',
  'harness/protocols',
  'harness/recording',
  'harness/expected',
  'harness/proxy',
  'harness/session',
  'harness/judge',
  'harness/report',
  'harness/runs',
  'harness/shrink',
  'harness/fit',
  'harness/diff',
  'harness/control',
  'harness/page',
  'harness/testing',
  'bench',
  'harness/cli',
];

/** What a user of the package imports: on no floor, and imported by no room. */
const FACES: readonly string[] = ['src/index.ts', 'harness/index.ts', 'harness/types.ts'];

/** The number of a file's floor; −1 where it stands in no room. */
export const floorOf = (path: string): number => FLOORS.findIndex((folder) => path.startsWith(`${folder}/`));

/** Each import that goes up, and each file that stands in no room, a line each. */
export function findFloorFaults({ path, imports }: SourceFile): string[] {
  if (FACES.includes(path)) return [];
  const floor = floorOf(path);
  if (floor < 0) return [`${path}: stands in no room`];
  return imports.flatMap(({ path: target, specifier, line }) => {
    if (target === undefined || !/^(src|harness|bench)\//.test(target)) return [];
    if (FACES.includes(target))
      return [`${path}:${line}: imports ${specifier}: a face is for users of the package`];
    const above = floorOf(target);
    if (above < 0) return [`${path}:${line}: imports ${specifier}, which stands in no room`];
    return above > floor
      ? [`${path}:${line}: imports ${specifier}: ${FLOORS[above]} lies above ${FLOORS[floor]}`]
      : [];
  });
}
