/** A rehearsal takes its time and no more, and leaves nothing behind: the flows of a proxy after it are those of a proxy without it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatagramBatch } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { Host, Network } from '../../../src/net/network.ts';
import { realNetwork } from '../../../src/net/realNetwork.ts';
import { EnvironmentError } from '../../../src/base/errors.ts';
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

/** A network that tells what its hosts do. */
function watched(open: (host: Host, options: Parameters<Host['open']>[0]) => ReturnType<Host['open']>) {
  const real = realNetwork('node');
  const seen = { hosts: 0, opened: 0, closed: 0 };
  const network: Network = {
    ...real,
    host: async () => {
      const host = await real.host();
      seen.hosts += 1;
      return {
        open: (options) => {
          seen.opened += 1;
          return open(host, options);
        },
        closePort: (port) => host.closePort(port),
        localPeer: (port) => host.localPeer(port),
        kernelDrops: (port) => host.kernelDrops(port),
        report: () => host.report(),
        run: (endpoint, pacing) => host.run(endpoint, pacing),
        act: (action) => host.act(action),
        close: async () => {
          seen.closed += 1;
          await host.close();
        },
      };
    },
  };
  return { network, seen };
}

const plainly = (host: Host, options: Parameters<Host['open']>[0]): ReturnType<Host['open']> =>
  host.open(options);

test('changes no fate of a flow after it', async () => {
  const before = forwarded();
  for (const text of ['any', 'rtp', 'field:u32be@0'])
    await rehearse(
      { protocol: readProtocol(text, 'protocol'), impairment: IMPAIRMENT },
      realNetwork('node'),
      'node',
    );
  assert.equal(forwarded(), before);
  assert.ok(before.length > 100 && before.length < 200);
});

test('runs once a protocol and closes what it opened, even where every datagram is dropped', async () => {
  const { network, seen } = watched(plainly);
  const impairment = readImpairment({ seed: '1', up: { drop: '100%' } });
  const protocol = readProtocol('field:u16be@2', 'protocol');
  await rehearse({ protocol, impairment }, network, 'node');
  // A port for the client, the server, the proxy, and the flow.
  assert.equal(seen, { hosts: 1, opened: 4, closed: 1 });
  await rehearse({ protocol, impairment }, network, 'node');
  assert.equal(seen, { hosts: 1, opened: 4, closed: 1 });
});

test('is left where no port can be opened, at first or later', async () => {
  for (const first of [1, 4]) {
    let opened = 0;
    const { network, seen } = watched((host, options) => {
      opened += 1;
      if (opened >= first) throw new EnvironmentError('port-taken', 'none left');
      return host.open(options);
    });
    const protocol = readProtocol(`field:u8@${first}`, 'protocol');
    await rehearse({ protocol, impairment: readImpairment({ seed: '1' }) }, network, 'node');
    assert.equal([seen.hosts, seen.opened, seen.closed > 0], [1, first, true]);
  }
});

test('is none for a protocol with a registration', async () => {
  const { network, seen } = watched(plainly);
  const impairment = readImpairment({ seed: '1' });
  await rehearse({ protocol: readProtocol('matchstream', 'protocol'), impairment }, network, 'node');
  assert.is(seen.hosts, 0);
});

test.run();
