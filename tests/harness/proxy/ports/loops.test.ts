import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anyProgram } from '../../../../harness/protocols/any.ts';
import { matchstream } from '../../../../harness/protocols/matchstream.ts';
import { UNIMPAIRED } from '../../../../harness/impairment/impairment.ts';
import { ProxyEndpoint } from '../../../../harness/proxy/proxyEndpoint.ts';
import { OwnPorts, checkNoLoop } from '../../../../harness/proxy/ports/ownPorts.ts';
import { describeEvent } from '../../../../harness/proxy/told/events.ts';
import { UsageError } from '../../../../src/base/errors.ts';
import type { Peer } from '../../../../src/net/batch.ts';
import { bytesOf, oneRow } from '../rows.ts';
import { MS, SECOND, SERVER, Stage } from '../stage.ts';

const test = suite('a proxy that sends to itself');

const isLocal = (address: string): boolean => address === '10.0.0.2' || address === 'fd00::2';

for (const protocol of [anyProgram, matchstream]) {
  test(`takes nothing from the upstream or from itself for a client's: ${protocol.text}`, () => {
    const stage = new Stage({ proxy: { protocol, listening: 2 } });
    const client: Peer = { address: '10.9.9.9', port: 9 };
    const listening = stage.proxyHost.localPeer(0);
    stage.send(client, listening, bytesOf('register'));
    stage.network.run(MS);
    // The system numbers the upstream-facing port; where there is none yet, that one is nobody's.
    const upstream: Peer = { address: listening.address, port: 49_152 };
    const own =
      protocol === anyProgram
        ? [SERVER, listening, stage.proxyHost.localPeer(1), upstream]
        : [SERVER, listening];
    for (const from of own) stage.send({ ...from }, listening, bytesOf('register'));
    stage.network.run(SECOND);
    assert.is(stage.proxy.ignored.loop, own.length);
    assert.is(stage.proxy.reports().length, protocol === anyProgram ? 1 : 0);
    const said = stage.events.filter(({ kind }) => kind === 'loop').map(describeEvent);
    assert.is(said.length, own.length);
    assert.is(
      said[0],
      "refused 10.0.0.1:9000: that is the upstream's address or one of the proxy's own, so it would go in a circle",
    );
  });
}

test('knows its ports by the addresses that they are bound at, and a wildcard by those of the machine', () => {
  const own = new OwnPorts(isLocal);
  own.add({ address: '127.0.0.1', port: 1000 });
  own.add({ address: '0.0.0.0', port: 2000 });
  own.add({ address: '::', port: 3000 });
  for (const [address, port, isOwn] of [
    ['127.0.0.1', 1000, true],
    ['127.0.0.2', 1000, false],
    ['10.0.0.2', 1000, false],
    ['127.0.0.1', 1001, false],
    ['127.0.0.1', 2000, true],
    ['127.9.9.9', 2000, true],
    ['10.0.0.2', 2000, true],
    ['10.0.0.3', 2000, false],
    ['::1', 2000, false],
    ['fd00::2', 3000, true],
    ['::1', 3000, true],
    ['10.0.0.2', 3000, true],
    ['fd00::3', 3000, false],
  ] as const) {
    assert.is(own.has({ address, port }, 0), isOwn, `${address} ${port}`);
  }
  own.add({ address: '10.0.0.2', port: 1000 });
  own.delete({ address: '127.0.0.1', port: 1000 });
  assert.not(own.has({ address: '127.0.0.1', port: 1000 }, 0));
  assert.ok(own.has({ address: '10.0.0.2', port: 1000 }, 0));
});

test("what a client sent before the system gave its port to the proxy is the client's", () => {
  // One upstream port is open, and a second one is requested at 10 ms.
  const endpoint: ProxyEndpoint = new ProxyEndpoint({
    server: SERVER,
    protocol: anyProgram,
    impairment: UNIMPAIRED,
    listening: 1,
    localPeer: (port) => ({ address: '127.0.0.1', port: 5000 + port }),
    openUpstream: (opening) => endpoint.upstreamOpened(opening, opening),
  });
  const arrive = (nowNs: number, arrivalNs: number, port: number): void =>
    endpoint.handleDatagrams(nowNs, 0, oneRow(bytesOf('x'), arrivalNs, { address: '127.0.0.1', port }), 0, 1);
  endpoint.handleTimeout(0);
  arrive(10 * MS, 9 * MS, 40_000);
  arrive(11 * MS, 9 * MS, 5001);
  assert.is(endpoint.ignored.loop, 0);
  assert.is(endpoint.reports().length, 2);
  arrive(30 * MS, 29 * MS, 5002);
  assert.is(endpoint.ignored.loop, 1);
});

test('is refused where its upstream is where it listens', () => {
  const refuses = (listen: string, ports: readonly number[], server: Peer): boolean => {
    try {
      checkNoLoop(listen, ports, server, isLocal);
      return false;
    } catch (cause) {
      assert.instance(cause, UsageError);
      return true;
    }
  };
  const at = (address: string): Peer => ({ address, port: 9000 });
  assert.ok(refuses('127.0.0.1', [9000], at('127.0.0.1')));
  assert.ok(refuses('127.0.0.1', [8999, 9000, 9001], at('127.0.0.1')), 'any of --flows');
  assert.ok(refuses('0.0.0.0', [9000], at('127.0.0.1')));
  assert.ok(refuses('0.0.0.0', [9000], at('10.0.0.2')));
  assert.ok(refuses('::', [9000], at('10.0.0.2')));
  assert.ok(refuses('::', [9000], at('::1')));
  assert.ok(refuses('127.0.0.1', [9000], at('0.0.0.0')), 'sent to nowhere in particular, it arrives here');
  assert.ok(refuses('0.0.0.0', [9000], at('0.0.0.0')));
  assert.not(refuses('127.0.0.1', [9001], at('127.0.0.1')));
  assert.not(refuses('127.0.0.1', [0], at('127.0.0.1')));
  assert.not(refuses('127.0.0.1', [9000], at('127.0.0.2')));
  assert.not(refuses('127.0.0.1', [9000], at('10.0.0.2')));
  assert.not(refuses('0.0.0.0', [9000], at('10.0.0.3')));
  assert.not(refuses('0.0.0.0', [9000], at('::1')));
});

test.run();
