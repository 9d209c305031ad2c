/**
 * UDP relays that others wrote, started in front of a sink: nginx's stream proxy and socat.
 *
 * It writes nginx's configuration into a folder that goes away with the run. Both are given the receive buffer that
 * ours asks for.
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

/** The longest a relay may live: a whole search. */
const RELAY_LIMIT_MS = 10 * 60_000;

async function start(file: string, args: readonly string[], port: number): Promise<Relay> {
  const child = new Child({ file, args, limitMs: RELAY_LIMIT_MS });
  await untilListening(child, 'udp', port);
  return { port, stop: () => child.stop() };
}

/**
 * One process, and nothing but the proxy: a flow is one client, which several workers could not share.
 * @param module file of the stream module; null where it is built in
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
  // Where it is built to keep requests, it makes sure that it could, even without any.
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
