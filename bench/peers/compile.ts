/**
 * Compiles the project's C programs on demand, into a temporary folder.
 *
 * The folder is removed after the run.
 */
import { join } from 'node:path';
import { packageRoot } from '../../src/base/version.ts';
import { runToEnd } from './peerProcess.ts';
import type { Program } from './programs.ts';

export interface Tools {
  readonly limit: string;
  readonly load: string;
  readonly ping: string;
  readonly recorder: string;
}

const SOURCES = join(packageRoot(), 'bench', 'peers', 'c');
const COMPILE_LIMIT_MS = 60_000;

/** Compiles all of them. Throws EnvironmentError with the compiler's message when one fails. */
export async function compileTools(cc: Program, folder: string): Promise<Tools> {
  const build = async (name: string): Promise<string> => {
    const output = join(folder, name);
    const args = ['-O2', '-o', output, join(SOURCES, `${name}.c`), '-lpthread'];
    await runToEnd({ file: cc.file, args, limitMs: COMPILE_LIMIT_MS });
    return output;
  };
  return {
    limit: await build('limit'),
    load: await build('load'),
    ping: await build('ping'),
    recorder: await build('recorder'),
  };
}
