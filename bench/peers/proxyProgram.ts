/**
 * The program `matchstream proxy` in front of a sink, with options of its own: what a user runs, not the parts.
 */
import { fileURLToPath } from 'node:url';
import { Child } from './peerProcess.ts';
import type { Bench } from './workloads.ts';

/** The program, beside this one when both are compiled. */
const PROGRAM = fileURLToPath(new URL('../../harness/cli/main.js', import.meta.url));
const LIMIT_MS = 10 * 60_000;

/** Starts it and waits until it listens. @param more options besides where it listens and forwards to */
export async function startProxyProgram(
  { transport }: Pick<Bench, 'transport'>,
  sinkPort: number,
  more: readonly string[],
): Promise<{ readonly port: number; readonly child: Child }> {
  const ends = `--listen 127.0.0.1:0 --upstream 127.0.0.1:${sinkPort} --transport ${transport} --log none`;
  const child = new Child({
    file: process.execPath,
    args: [PROGRAM, 'proxy', ...ends.split(' '), ...more],
    limitMs: LIMIT_MS,
  });
  let port = 0;
  while (port === 0) port = Number(/^listening on 127\.0\.0\.1:(\d+)$/.exec(await child.line())?.[1] ?? 0);
  return { port, child };
}
