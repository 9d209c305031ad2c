/**
 * UDP relays of other projects, started in front of a sink: nginx's stream proxy and socat.
 *
 * nginx's configuration is written into the run's temporary folder. Both get a receive buffer of the same size as ours.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECEIVE_BUFFER_BYTES } from '../../src/net/transport.ts';
import { Child } from './peerProcess.ts';
import { freePort, untilListening } from './ports.ts';
import type { Program } from './programs.ts';

export interface Relay {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Time limit of a relay: a whole search. */
const RELAY_LIMIT_MS = 10 * 60_000;

async function start(file: string, args: readonly string[], port: number): Promise<Relay> {
  const child = new Child({ file, args, limitMs: RELAY_LIMIT_MS });
  await untilListening(child, 'udp', port);
  return { port, stop: () => child.stop() };
}

/**
 * One worker process with only the proxy: a flow is one client, which several workers cannot share.
 * @param module path of the stream module; null if it is built in
 */
export function nginxConfig(module: string | null, port: number, sinkPort: number): string {
  const load = module === null ? '' : `load_module ${module};\n`;
  return `${load}daemon off;
master_process off;
pid nginx.pid;
error_log nginx.log error;
events { worker_connections 1024; }
stream {
  server {
    listen 127.0.0.1:${port} udp rcvbuf=${RECEIVE_BUFFER_BYTES};
    proxy_pass 127.0.0.1:${sinkPort};
    proxy_timeout 60s;
  }
}
`;
}

export async function startNginx(
  program: Program,
  module: string | null,
  tempDir: string,
  sinkPort: number,
): Promise<Relay> {
  const folder = mkdtempSync(join(tempDir, 'nginx-'));
  // Some builds create folders for requests in it at the start, even without HTTP.
  mkdirSync(join(folder, 'logs'));
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, nginxConfig(module, port, sinkPort));
  return start(program.file, ['-p', `${folder}/`, '-e', join(folder, 'nginx.log'), '-c', config], port);
}

export async function startSocat(program: Program, sinkPort: number): Promise<Relay> {
  const port = await freePort();
  const buffer = `rcvbuf=${RECEIVE_BUFFER_BYTES}`;
  return start(
    program.file,
    [`UDP4-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork,${buffer}`, `UDP4:127.0.0.1:${sinkPort},${buffer}`],
    port,
  );
}
