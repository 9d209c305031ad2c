/**
 * libcoap's client and server, with datagrams lost, doubled and held on both ways: a resource comes whole, block by block,
 * and what both write down is what the proxy says.
 *
 * The client ends when it has the last block: copies of that come when it is gone, and are in no count but the proxy's.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { LOSSY, accounted, assertRead, assertTouched, assertUntouched, logCounts } from './account.ts';
import type { Counted, LogCounts } from './account.ts';
import { COAP, startCoap } from './coap.ts';
import { claimsAbout } from './foreign.ts';

const test = suite('what a CoAP client and its server count');
const claim = claimsAbout(test, ...COAP);

/** What a side writes down: a line a datagram, at this level of detail. */
const VERBOSE = ['-v', '7'];
const countsIn = (log: string): LogCounts =>
  logCounts(log, { sent: / UDP : sent \d+ bytes$/, received: / UDP : received \d+ bytes$/ });

test('a datagram is a line of the log', () => {
  const log =
    '18:58:38.977 DEBG *  127.0.0.1:53840 <-> 127.0.0.1:15683 UDP : sent 27 bytes\n' +
    'v:1 t:CON c:GET i:cf45 {01} [ Uri-Path:core, Block2:0/_/32 ]\n' +
    '18:58:38.979 DEBG *  127.0.0.1:53840 <-> 127.0.0.1:15683 UDP : received 46 bytes\n';
  assert.equal(countsIn(log), { sent: 1, received: 1 });
});

/** Fetches the list of the server's resources, 16 bytes at a time. */
async function fetchList(options: readonly string[]): Promise<Counted> {
  const serverPort = await freePort();
  const server = await startCoap(serverPort, ...VERBOSE);
  let heard = '';
  try {
    const upstream = ['--upstream', `127.0.0.1:${serverPort}`, ...options];
    const account = await accounted(upstream, async (port) => {
      const url = `coap://127.0.0.1:${port}/.well-known/core`;
      const client = new Child({
        file: 'coap-client-notls',
        args: ['-m', 'get', '-b', '16', ...VERBOSE, url],
        limitMs: PATIENCE_MS,
      });
      client.closeInput();
      await client.done();
      heard = client.stdout + client.stderr;
    });
    // The last block, as its client shows it.
    assert.match(heard, /:: '[^']*obs'/);
    return {
      ...account,
      client: countsIn(heard),
      server: countsIn(server.stdout + server.stderr),
    };
  } finally {
    await server.stop('SIGTERM');
  }
}

claim('a clean way loses nothing, and both count what the proxy carried', async () => {
  const { client, server, up, down } = await fetchList([]);
  assertUntouched(up, down);
  assert.equal(client, { sent: up.entered, received: down.delivered });
  assert.equal(server, { sent: down.entered, received: up.delivered });
});

claim('on a lossy way each sent what came to the proxy, and got what left it, copies included', async () => {
  const { client, server, up, down } = await fetchList([...LOSSY, '--seed', 'coap 6']);
  assertTouched(up, down);
  assert.is(client.sent, up.entered);
  assert.equal(server, { sent: down.entered, received: up.delivered });
  assertRead(client.received, down, 6);
});

test.run();
