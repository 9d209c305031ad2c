/** The package as a user gets it: packed from what is built, and installed in an empty folder beside other packages. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM } from '../program.ts';

export const ROOT = join(import.meta.dirname, '../../..');
const LIMIT_MS = 300_000;

export interface Outcome {
  readonly code: number | null;
  /** Both streams. */
  readonly said: string;
}

/**
 * Runs a program to its end, without CI's variables: an example is run as at a developer's.
 * @param more variables besides this process's
 */
export function run(
  file: string,
  args: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
): Outcome {
  const { CI: _ci, NODE_OPTIONS: _options, ...rest } = process.env;
  // What npm tells the scripts that it runs is not for those that run in turn.
  const env = Object.fromEntries(
    Object.entries(rest).filter(([name]) => !/^npm_(config|package|lifecycle)/.test(name)),
  );
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    env: { ...env, NO_COLOR: '1', ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { code: status, said: `${error?.message ?? ''}${stdout}${stderr}` };
}

/** Throws with what was said where the code is not 0. */
export function runWell(file: string, args: readonly string[], cwd: string): string {
  const { code, said } = run(file, args, cwd);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}: ${said}`);
  return said;
}

/** Whether packages can be installed here; null if they can, else why not. */
export function whyNoPackages(): string | null {
  const { code, said } = run('npm', ['ping'], tmpdir());
  return code === 0 ? null : `no registry of packages answers: ${said.trim().split('\n').at(-1)}`;
}

/** A folder with the package and others installed, removed at the end of the process. */
export function installBeside(...packages: readonly string[]): string {
  if (!existsSync(PROGRAM)) throw new Error('the program is not built; npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-package-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  runWell('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], ROOT);
  const [tarball] = readdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  runWell('npm', ['install', '--no-audit', '--no-fund', `./${tarball}`, ...packages], folder);
  return folder;
}
