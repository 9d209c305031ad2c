/** An echo server behind a lossy network, with mocha: `mocha '*.test.mjs'`. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectLedger, expectLost, lossyProxy } from 'matchstream/testing';
import { it } from 'mocha';

it('ten pings are answered, though the network loses two answers', async () => {
  const server = createSocket('udp4').bind(0, '127.0.0.1').unref();
  server.on('message', (ping, { port, address }) => server.send(ping, port, address));
  await once(server, 'listening');
  const proxy = await lossyProxy({ upstream: `127.0.0.1:${server.address().port}`, dropList: '2,5' });
  const answers = new Set();
  const client = createSocket('udp4', (pong) => answers.add(String(pong))).unref();
  try {
    for (let k = 1; answers.size < 10; k += 1, await sleep(5)) client.send(`${k}`, proxy.port, proxy.host);
    expectLost(proxy, { atLeast: 2, atMost: 2 });
    expectLedger(proxy).toBalance();
  } finally {
    await proxy.close();
  }
});
