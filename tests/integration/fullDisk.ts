/** Runs the program where files may not grow beyond a size, as on a full disk. Not a test. */
import { spawn } from 'node:child_process';
import { PROGRAM } from './program.ts';
import type { Program } from './program.ts';

/** @param maxBlocks of 512 bytes, the largest size of a file */
export const startOnFullDisk = (maxBlocks: number, args: readonly string[], cwd: string): Program =>
  spawn('sh', ['-c', `ulimit -f ${maxBlocks} && exec "$@"`, 'sh', process.execPath, PROGRAM, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** The complaint about a file. */
export const tooLarge = (path: string): string =>
  `error: cannot write ${path}: files may not be so large here; raise the limit with ulimit -f, or choose a folder on another disk\n`;
