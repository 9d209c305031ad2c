/**
 * A TFTP client and server, with datagrams lost, doubled and held on both ways: files come whole, both ways, and what the
 * client's trace has is what the proxy says.
 *
 * The trace leaves out the last acknowledgement of a file that is fetched. Whoever has the last block, or the last
 * acknowledgement, is gone: copies of that are in no count but the proxy's. The server counts nothing.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { inFolder } from '../program.ts';
import { LOSSY, accounted, assertRead, assertTouched, assertUntouched } from './account.ts';
import type { Accounted } from './account.ts';
import { claimsAbout, startListening } from './foreign.ts';

const test = suite('what a TFTP client counts');
const claim = claimsAbout(test, 'in.tftpd', 'tftpd-hpa', 'tftp', 'tftp-hpa');

/** Datagrams in a trace. What it throws away after a datagram that it does not want, it has received, too. */
function countsIn(trace: string): { readonly sent: number; readonly received: number } {
  const linesOf = (what: string): number => trace.match(new RegExp(`^(tftp> )*${what} `, 'gm'))?.length ?? 0;
  const discarded = Array.from(trace.matchAll(/discarded (\d+) packets/g), ([, count]) => Number(count));
  return {
    sent: linesOf('sent'),
    received: linesOf('received') + discarded.reduce((sum, count) => sum + count, 0),
  };
}

test('a datagram is a line of the trace, or one of those that it discards', () => {
  const trace =
    'tftp> Packet tracing on.\ntftp> tftp> sent RRQ <file=small, mode=octet>\nreceived DATA <block=1, 512 bytes>\n' +
    'discarded 2 packets\nsent ACK <block=1>\n';
  assert.equal(countsIn(trace), { sent: 2, received: 3 });
});

const SIZE_BYTES = 12_000;

interface Counted extends Accounted {
  readonly sent: number;
  readonly received: number;
}

/** Carries a file, and compares it. */
async function carry(folder: string, way: 'get' | 'put', options: readonly string[]): Promise<Counted> {
  const served = join(folder, `served-${way}`);
  mkdirSync(served, { mode: 0o777 });
  const own = join(folder, `own-${way}`);
  const bytes = randomBytes(SIZE_BYTES);
  const theirs = join(served, 'ball');
  writeFileSync(way === 'get' ? theirs : own, bytes, { mode: 0o644 });
  const serverPort = await freePort();
  const serving = ['-L', '-c', '-a', `127.0.0.1:${serverPort}`, '-T', '200000', '-s', served, '-u', 'root'];
  const server = await startListening('in.tftpd', serving, 'udp', serverPort);
  let trace = '';
  try {
    const upstream = ['--answers', 'any-port', '--upstream', `127.0.0.1:${serverPort}`, ...options];
    const account = await accounted(upstream, async (port) => {
      const client = new Child({
        file: 'tftp',
        args: ['-m', 'binary', '127.0.0.1', String(port)],
        limitMs: PATIENCE_MS,
      });
      const words = way === 'get' ? `get ball ${own}` : `put ${own} ball`;
      client.write(`trace\nrexmt 1\n${words}\nquit\n`);
      client.closeInput();
      trace = await client.done();
    });
    assert.ok(readFileSync(own).equals(readFileSync(theirs)), `${way} ${trace}`);
    return { ...account, ...countsIn(trace) };
  } finally {
    await server.stop();
  }
}

const SEEDS = { get: 'get 1', put: 'put 3' };

for (const way of ['get', 'put'] as const) {
  const untold = way === 'get' ? 1 : 0;
  claim(`${way}: a clean way loses nothing, and the client counts what the proxy carried`, () =>
    inFolder(async (folder) => {
      const { sent, received, up, down } = await carry(folder, way, []);
      assertUntouched(up, down);
      assert.equal([sent + untold, received], [up.entered, down.delivered]);
    }),
  );

  claim(`${way}: on a lossy way the client sent what came to the proxy, and got what left it`, () =>
    inFolder(async (folder) => {
      const { sent, received, up, down } = await carry(folder, way, [...LOSSY, '--seed', SEEDS[way]]);
      assertTouched(up, down);
      assert.is(sent + untold, up.entered);
      assertRead(received, down, 10);
    }),
  );
}

test.run();
