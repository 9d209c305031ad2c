/**
 * QUIC, by ngtcp2's client and server, with datagrams lost, doubled and out of order on both ways: a file comes whole by
 * HTTP/3, and what both write down is what the proxy says.
 *
 * QUIC's packet numbers are encrypted, so the proxy goes by order of arrival. Several packets may share a datagram: datagrams
 * are counted, not packets. The client ends as soon as it has the file; what the proxy still holds then comes when it is
 * gone, and is in no count but the proxy's.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child, runToEnd } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { inFolder } from '../program.ts';
import { LOSSY, accounted, assertRead, assertTouched, assertUntouched, logCounts } from './account.ts';
import type { Counted, LogCounts } from './account.ts';
import { claimsAbout, startListening } from './foreign.ts';

const test = suite('what a QUIC client and its server count');
const NGTCP2 = ['gtlsclient', 'ngtcp2-client', 'gtlsserver', 'ngtcp2-server'];
const claim = claimsAbout(test, ...NGTCP2, 'openssl', 'openssl');

const SIZE_BYTES = 200_000;
/** Of some 160 datagrams. */
const MOST_LATE = 40;
/** Neither writes down payloads; the server sends one datagram a system call, so that one line is one datagram. */
const QUIET = ['--no-quic-dump', '--no-http-dump'];
const SINGLE = ['--max-gso-dgrams=1'];

const countsIn = (log: string): LogCounts =>
  logCounts(log, { sent: /^Sent packet: .* \d+ bytes$/, received: /^Received packet: .* \d+ bytes$/ });

test('a datagram is a line of the log', () => {
  const log =
    'Sent packet: local=[127.0.0.1]:50171 remote=[127.0.0.1]:14433 ecn=0x2 1200 bytes\nSet timer=0.014379s\n' +
    'Received packet: local=[127.0.0.1]:50171 remote=[127.0.0.1]:14433 ecn=0x2 1200 bytes\n' +
    'I00000007 0x6690 pkt rx pkn=0 type=Initial len=150\nI00000007 0x6690 pkt rx pkn=0 type=Handshake len=700\n';
  assert.equal(countsIn(log), { sent: 1, received: 1 });
});

/** Fetches a file, and compares it. */
async function fetchFile(folder: string, options: readonly string[]): Promise<Counted> {
  const [served, got] = [join(folder, 'served'), join(folder, 'got')];
  for (const path of [served, got]) mkdirSync(path);
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const making = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost`;
  const args = [...making.split(' '), '-keyout', key, '-out', certificate];
  await runToEnd({ file: 'openssl', args, limitMs: PATIENCE_MS });
  const bytes = randomBytes(SIZE_BYTES);
  writeFileSync(join(served, 'ball'), bytes);
  const serverPort = await freePort();
  const serving = ['-d', served, ...QUIET, ...SINGLE, '127.0.0.1', `${serverPort}`, key, certificate];
  const server = await startListening('gtlsserver', serving, 'udp', serverPort);
  let log = '';
  try {
    const upstream = ['--upstream', `127.0.0.1:${serverPort}`, ...options];
    const account = await accounted(upstream, async (port) => {
      const asking = ['--exit-on-all-streams-close', '--download', got, ...QUIET];
      const client = new Child({
        file: 'gtlsclient',
        args: [...asking, '127.0.0.1', `${port}`, 'https://localhost/ball'],
        limitMs: PATIENCE_MS,
      });
      client.closeInput();
      await client.done();
      log = client.stdout + client.stderr;
    });
    assert.ok(readFileSync(join(got, 'ball')).equals(bytes));
    return {
      ...account,
      client: countsIn(log),
      server: countsIn(server.stdout + server.stderr),
    };
  } finally {
    await server.stop('SIGTERM');
  }
}

claim('a clean way loses nothing, and both count what the proxy carried', () =>
  inFolder(async (folder) => {
    const { client, server, up, down } = await fetchFile(folder, []);
    assertUntouched(up, down);
    assert.is(client.sent, up.entered);
    assert.equal(server, { sent: down.entered, received: up.delivered });
    assertRead(client.received, down, MOST_LATE);
  }),
);

claim('on a lossy way each sent what came to the proxy, and got what left it, copies included', () =>
  inFolder(async (folder) => {
    const { client, server, up, down } = await fetchFile(folder, [...LOSSY, '--seed', 'quic 12']);
    assertTouched(up, down);
    assert.is(client.sent, up.entered);
    assert.equal(server, { sent: down.entered, received: up.delivered });
    assertRead(client.received, down, MOST_LATE);
  }),
);

test.run();
