/** A rehearsal leaves nothing behind: the flows of a proxy after it are those of a proxy without it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatagramBatch } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { readProtocol } from '../../../harness/protocols/allProtocols.ts';
import { ProxyEndpoint } from '../../../harness/proxy/proxyEndpoint.ts';
import { rehearse } from '../../../harness/proxy/rehearsal.ts';

const test = suite('the rehearsal of a flow');

const SERVER: Peer = { address: '127.0.0.1', port: 9 };
const CLIENT: Peer = { address: '127.0.0.1', port: 10 };
const IMPAIRMENT = readImpairment({
  seed: '7',
  up: { drop: '20%', reorder: '20%', duplicate: '10%' },
  down: { delay: '5ms', rate: '10mbit' },
});

/** The first bytes of what a client's datagrams 1 to 200 become. */
function forwarded(): number[] {
  const endpoint: ProxyEndpoint = new ProxyEndpoint({
    protocol: readProtocol('any', 'protocol'),
    impairment: IMPAIRMENT,
    server: SERVER,
    listening: 1,
    openUpstream: (opening) => endpoint.upstreamOpened(opening, 1),
  });
  const batch = new DatagramBatch(1, 10);
  const left: number[] = [];
  endpoint.handleTimeout(0);
  for (let k = 1; k <= 200; k += 1) {
    batch.clear();
    batch.append(Uint8Array.of(k), 0, 1, k * 1e6, CLIENT);
    endpoint.handleDatagrams(k * 1e6, 0, batch, 0, 1);
    endpoint.drain({
      send: (_port, _peer, out, from, to) => {
        for (let row = from; row < to; row += 1) left.push(out.payload(row)[0] as number);
        return to - from;
      },
    });
  }
  assert.equal(
    endpoint.reports().map(({ flow }) => flow),
    [1],
  );
  return left;
}

test('changes no fate of a flow after it', () => {
  const before = forwarded();
  for (const text of ['any', 'rtp', 'field:u32be@0'])
    rehearse({ protocol: readProtocol(text, 'protocol'), impairment: IMPAIRMENT });
  assert.equal(forwarded(), before);
  assert.ok(before.length > 100 && before.length < 200);
});

test('runs for every protocol and without any impairment', () => {
  const impairment = readImpairment({ seed: '1' });
  for (const text of ['matchstream', 'any', 'rtp', 'rtp/8000', 'field:u16be@2', 'field:u8@199'])
    rehearse({ protocol: readProtocol(text, 'protocol'), impairment });
});

test.run();
