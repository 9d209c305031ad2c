/** A terminal of a given size, by tmux: what a person would see of a program. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { displayWidth } from '../../src/base/printable.ts';
import { startTimer } from '../../src/net/timer.ts';

/** With room for a busy machine. */
const PATIENCE_MS = 60_000;

/** Whether tmux is here. */
export function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export class Screen {
  readonly #folder = mkdtempSync(join(tmpdir(), 'matchstream-tmux-'));

  /** Starts a command line of the shell. @param env variables of its own */
  constructor(columns: number, rows: number, command: string, env: Readonly<Record<string, string>> = {}) {
    const given = Object.entries({ LANG: 'C.UTF-8', ...env }).flatMap(([name, value]) => [
      '-e',
      `${name}=${value}`,
    ]);
    const options = ['set', '-g', 'remain-on-exit', 'on', ';', 'set', '-g', 'status', 'off', ';'];
    const size = ['-x', `${columns}`, '-y', `${rows}`];
    const session = ['new-session', '-d', ...size, ...given, '-c', this.#folder, command];
    this.#tmux('-f', '/dev/null', '-u', 'start-server', ';', ...options, ...session);
  }

  /** What stands on it now, without the empty rows at its end and tmux's own line about the end. */
  text(): string {
    return this.#captured();
  }

  #captured(...more: readonly string[]): string {
    return this.#tmux('capture-pane', '-p', '-t', '0', ...more)
      .replace(/^Pane is dead.*$/m, '')
      .replace(/\n+$/, '');
  }

  /** The same with its colour codes. */
  coloured(): string {
    return this.#tmux('capture-pane', '-p', '-e', '-t', '0');
  }

  /** Types keys, as tmux names them: `C-c`. */
  type(...keys: readonly string[]): void {
    this.#tmux('send-keys', '-t', '0', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-t', '0', '-x', `${columns}`, '-y', `${rows}`);
  }

  get hasEnded(): boolean {
    return this.#tmux('list-panes', '-F', '#{pane_dead}').trim() === '1';
  }

  /** Waits until the text matches, and returns it. */
  async until(wanted: RegExp): Promise<string> {
    return this.#wait(() => {
      const text = this.text();
      return wanted.test(text) ? text : null;
    }, String(wanted));
  }

  /** Waits until the command has ended, and returns what stands there then. */
  async end(): Promise<string> {
    // tmux says so itself on a line of its own, and moves the others up for it.
    return this.#wait(() => (this.hasEnded ? this.#captured('-S', '-') : null), 'its end');
  }

  /** Ends whatever still runs. */
  close(): void {
    try {
      this.#tmux('kill-server');
    } catch {
      // It has ended by itself.
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #wait(look: () => string | null, what: string): Promise<string> {
    const endMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = look();
      if (found !== null) return found;
      if (performance.now() > endMs) throw new Error(`waited for ${what}, got:\n${this.text()}`);
      await new Promise<void>((resolve) => void startTimer(resolve, 50));
    }
  }

  #tmux(...words: readonly string[]): string {
    return execFileSync('tmux', ['-S', join(this.#folder, 'socket'), ...words], { encoding: 'utf8' });
  }
}

const SIZES = [
  [80, 24],
  [40, 20],
] as const;

/** In one line, without figures. */
const masked = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/\d+(?:\.\d+)*/g, '#')
    .trim();

export function assertFits(text: string, columns: number): void {
  for (const line of text.split('\n')) assert.ok(displayWidth(line) <= columns, `${line}\nin:\n${text}`);
}

/** @param wanted matches what stands there, in one line and without figures */
export const assertShows = (text: string, wanted: RegExp): void => assert.match(masked(text), wanted, text);

/** Calls `look` with each size of terminal on which the command line runs, in a folder of its own. */
export async function onScreens(
  commandOf: (folder: string, k: number) => string,
  look: (screen: Screen, columns: number, rows: number) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-screen-'));
  const screens = SIZES.map(([columns, rows], k) => ({
    screen: new Screen(columns, rows, `cd '${folder}' && ${commandOf(folder, k)}`, env),
    columns,
    rows,
  }));
  try {
    await Promise.all(screens.map(({ screen, columns, rows }) => look(screen, columns, rows)));
  } finally {
    for (const { screen } of screens) screen.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
