/** libcoap's server and client. */
import { runToEnd } from '../../../bench/peers/peerProcess.ts';
import type { Child } from '../../../bench/peers/peerProcess.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { startListening } from './foreign.ts';

/** Programs and their Debian packages. */
export const COAP = ['coap-client-notls', 'libcoap3-bin', 'coap-server-notls', 'libcoap3-bin'] as const;

export const startCoap = (port: number, ...more: readonly string[]): Promise<Child> =>
  startListening('coap-server-notls', ['-A', '127.0.0.1', '-p', `${port}`, ...more], 'udp', port);

/** Resolves to what the client prints. */
export const askCoap = (port: number, path: string, ...more: readonly string[]): Promise<string> =>
  runToEnd({
    file: 'coap-client-notls',
    args: ['-m', 'get', ...more, `coap://127.0.0.1:${port}/${path}`],
    limitMs: PATIENCE_MS,
  });
