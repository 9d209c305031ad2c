/**
 * `--web`: a live page of a run or a server, to look at only. Its server is loaded only when it is asked for.
 */
import type { Command } from 'commander';
import { EnvironmentError, InterruptedError } from '../../src/base/errors.ts';
import { formatHostPort, readHostPort } from '../../src/base/quantities.ts';
import type { HostPort } from '../../src/base/quantities.ts';
import { print } from '../../src/files/terminal.ts';
import type { AddressRange } from '../control/access/addressRanges.ts';
import type { MatchBoard } from '../control/matchBoard.ts';
import { accessFor, checkControlAllow } from './controlAccess.ts';
import { read } from './declare.ts';
import { controlAllow } from './options.ts';

/** @param what is on the page */
export const webOptions = (what: string) => ({
  web: read<HostPort>(
    '--web <host:port>',
    `show ${what} on a page for browsers, there; port 0 picks one (default: no page)`,
    readHostPort,
  ),
  controlAllow: controlAllow(),
});

/** @throws UsageError for options that only `--web` has a use for */
export const checkWebOptions = (command: Command): void => checkControlAllow(command, '--web');

export interface WebChoice {
  readonly web?: HostPort;
  readonly controlAllow?: readonly AddressRange[];
}

/**
 * Does work that is shown on a page, where one is asked for. The page keeps what was seen last; its server ends with the work.
 * @param work gets the board that it is shown on; null without a page
 * @throws UsageError, EnvironmentError if the page cannot be served there; what the work throws
 */
export async function showingWeb<T>(
  { web, controlAllow: allow }: WebChoice,
  program: 'live' | 'run' | 'server',
  work: (board: MatchBoard | null) => Promise<T>,
): Promise<T> {
  if (web === undefined) return work(null);
  const { listen, access } = await accessFor(web, allow, '--web');
  const [{ MatchBoard: Board }, { readLivePage }, { startWebServer }] = await Promise.all([
    import('../control/matchBoard.ts'),
    import('../control/livePage.ts'),
    import('../control/webServer.ts'),
  ]);
  const startMs = performance.now();
  const board = new Board(program, () => Math.round((performance.now() - startMs) * 1e3));
  const server = await startWebServer({ listen, access, page: readLivePage(), state: () => board.state() });
  const { address, port } = server.listening;
  print(`page: http://${formatHostPort(address, port)}/`);
  try {
    const result = await work(board);
    board.end('It has ended');
    return result;
  } catch (cause) {
    board.end(endOf(cause));
    throw cause;
  } finally {
    await server.close();
  }
}

/** What the page says of a failure; the terminal says more. */
function endOf(cause: unknown): string {
  if (cause instanceof InterruptedError) return 'It was interrupted';
  return cause instanceof EnvironmentError ? `It failed: ${cause.message}` : 'It failed';
}
