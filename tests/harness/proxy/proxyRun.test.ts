/** What a proxy has that was given no more than its server. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { wholeRun } from '../../../harness/proxy/proxyRun.ts';
import { startProxy } from '../../../harness/proxy/startProxy.ts';
import { SimulatedNetwork } from '../../../src/net/simulated.ts';

const SERVER = { address: '127.0.0.1', port: 9000 };
const test = suite('a proxy’s defaults');

test('nothing is impaired, the order of arrival counts, and it listens on any port of loopback', () => {
  const { server, host, ports, protocol, impairment, maxFlows, idleNs, fatesDir } = wholeRun({
    server: SERVER,
  });
  assert.equal(
    [server, host, ports, protocol.text, maxFlows, idleNs, fatesDir],
    [SERVER, '127.0.0.1', [0], 'any', 1024, 60e9, null],
  );
  assert.equal([impairment.down.drop, impairment.up.delay, impairment.holdMaxNs], [null, null, 1e9]);
});

test('before a server of IPv6 it listens on that loopback, and what is given stays', () => {
  assert.is(wholeRun({ server: { address: '2001:db8::9', port: 9 } }).host, '::1');
  const given = wholeRun({
    server: SERVER,
    host: '0.0.0.0',
    ports: [7, 8],
    maxFlows: 2,
    idleNs: 5,
    fatesDir: 'x',
  });
  const { host, ports, maxFlows, idleNs, fatesDir } = given;
  assert.equal([host, ports, maxFlows, idleNs, fatesDir], ['0.0.0.0', [7, 8], 2, 5, 'x']);
});

test('it starts with them', async () => {
  const network = new SimulatedNetwork();
  const proxy = await startProxy({ server: SERVER, network });
  assert.equal(
    proxy.listening.map(({ address }) => address),
    ['127.0.0.1'],
  );
  proxy.stop();
  const { flows, unwritten } = await network.until(proxy.done);
  assert.equal([flows, unwritten], [[], []]);
});

test.run();
