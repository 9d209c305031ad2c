/**
 * The project's own C programs, built when they are wanted, into a folder that goes away with the run.
 *
 * It runs the compiler.
 */
import { join } from 'node:path';
import { packageRoot } from '../../src/base/version.ts';
import { runToEnd } from './peerProcess.ts';
import type { Program } from './programs.ts';

export interface Tools {
  readonly limit: string;
  readonly load: string;
  readonly recorder: string;
}

const SOURCES = join(packageRoot(), 'bench', 'peers', 'c');
const COMPILE_LIMIT_MS = 60_000;

/** Builds them all. Throws EnvironmentError, with the compiler's words, when one does not build. */
export async function compileTools(cc: Program, folder: string): Promise<Tools> {
  const build = async (name: string): Promise<string> => {
    const output = join(folder, name);
    const args = ['-O2', '-o', output, join(SOURCES, `${name}.c`), '-lpthread'];
    await runToEnd({ file: cc.file, args, limitMs: COMPILE_LIMIT_MS });
    return output;
  };
  return { limit: await build('limit'), load: await build('load'), recorder: await build('recorder') };
}
