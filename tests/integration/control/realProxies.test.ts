/** toxiproxy's client for Node turns proxies that run, and datagrams go as it says. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import toxiproxy from 'toxiproxy-node-client';
import { NO_LOG } from '../../../src/files/logFile.ts';
import { realNetwork } from '../../../src/net/realNetwork.ts';
import { hasShare } from '../../../harness/impairment/conditions.ts';
import { serveHttp } from '../../../harness/control/httpServer.ts';
import { ProxySet } from '../../../harness/control/proxies/proxySet.ts';
import { OpenFlows, StartedProxies, StartedProxy } from '../../../harness/control/proxies/startedProxy.ts';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { readProtocol } from '../../../harness/protocols/allProtocols.ts';
import { noWaits } from '../../../harness/proxy/path/lateness.ts';
import { startProxy } from '../../../harness/proxy/startProxy.ts';
import { PATIENCE_MS, until } from '../loopback.ts';
import { runningApp } from './runningApp.ts';

const { Toxiproxy } = toxiproxy;
const real = suite('toxiproxy’s client and proxies that run');

const bound = async (): Promise<Socket> => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
};

/** A server that answers each datagram with itself, and a client that keeps what it hears. */
async function peers(): Promise<{
  server: Socket;
  newClient: () => Promise<{ socket: Socket; heard: string[] }>;
  close: () => void;
}> {
  const server = await bound();
  server.on('message', (bytes, { port, address }) => server.send(bytes, port, address));
  const sockets = [server];
  return {
    server,
    newClient: async () => {
      const socket = await bound();
      sockets.push(socket);
      const heard: string[] = [];
      socket.on('message', (bytes) => heard.push(bytes.toString()));
      return { socket, heard };
    },
    close: () => sockets.forEach((socket) => socket.close()),
  };
}

real('populate, toxics with toxicity, update, down, reset, remove: datagrams go as they say', async () => {
  const { app, views, failures, end } = runningApp();
  const http = await serveHttp(app.fetch, { host: '127.0.0.1', port: 0 });
  const { server, newClient, close } = await peers();
  try {
    const api = new Toxiproxy(`http://127.0.0.1:${http.listening.port}`);
    const upstream = `127.0.0.1:${server.address().port}`;
    const made = await api.populate([
      { name: 'echo', listen: 'localhost:0', upstream },
      { name: 'other', listen: 'localhost:0', upstream },
    ]);
    const proxy = made['echo'];
    assert.ok(proxy);
    const port = Number(proxy.listen.split(':')[1]);
    const clients: Awaited<ReturnType<typeof newClient>>[] = [];
    for (let k = 1; k <= 6; k += 1) {
      const client = await newClient();
      client.socket.send('first', port, '127.0.0.1');
      await until(PATIENCE_MS, 'an answer', () => client.heard.length === 1);
      clients.push(client);
    }
    // A loss of everything on the way down, for a part of the flows: which, the seed says.
    const body = {
      name: 'gone',
      type: 'timeout',
      stream: 'downstream',
      toxicity: 0.5,
      attributes: { timeout: 0 },
    } as const;
    const toxic = await proxy.addToxic({ ...body });
    for (const { socket } of clients) socket.send('second', port, '127.0.0.1');
    const isLost = (flow: number): boolean =>
      hasShare({ name: 'gone', direction: 'down', toxicity: 0.5 }, '7/echo', flow);
    const passing = clients.filter((_, k) => !isLost(k + 1));
    assert.ok(passing.length > 0 && passing.length < clients.length, `${passing.length}`);
    const arrived = (): number =>
      views.state().proxies.find(({ name }) => name === 'echo')?.down.arrived ?? 0;
    await until(PATIENCE_MS, 'all to come back to the proxy', () => arrived() === 12);
    await until(PATIENCE_MS, 'answers', () => passing.every(({ heard }) => heard.length === 2));
    assert.equal(
      clients.map(({ heard }) => heard.length),
      clients.map((_, k) => (isLost(k + 1) ? 1 : 2)),
    );
    await toxic.update({ ...body, toxicity: 1 });
    for (const { socket } of clients) socket.send('third', port, '127.0.0.1');
    await until(PATIENCE_MS, 'all to come back to the proxy', () => arrived() === 18);
    assert.ok(clients.every(({ heard }) => !heard.includes('third')));
    // Down: nobody listens there, and the same port is there again afterwards.
    await proxy.update({ enabled: false, listen: proxy.listen, upstream });
    const squatter = createSocket('udp4');
    await new Promise<void>((resolve) => squatter.bind(port, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => squatter.close(() => resolve()));
    await api.reset();
    const { enabled, listen } = await api.get('echo');
    assert.equal([enabled, listen], [true, proxy.listen]);
    for (const { socket } of clients) socket.send('fourth', port, '127.0.0.1');
    await until(PATIENCE_MS, 'answers', () => clients.every(({ heard }) => heard.at(-1) === 'fourth'));
    // Gone: its port is free at once.
    await proxy.remove();
    const again = await api.createProxy({ name: 'echo', listen: proxy.listen, upstream });
    assert.is(again.listen, proxy.listen);
    assert.equal(Object.keys(await api.getAll()), ['other', 'echo']);
    assert.equal(failures, []);
  } finally {
    close();
    await http.close();
    await end();
  }
});

real('a proxy that cannot have its toxics when it is enabled leaves its port free', async () => {
  const place = await bound();
  const listen = `127.0.0.1:${place.address().port}`;
  await new Promise<void>((resolve) => place.close(resolve));
  const failures: string[] = [];
  const opener = new StartedProxies(realNetwork('auto'), {
    moreOf: () => ({ log: NO_LOG, notice: (line) => void failures.push(line) }),
    ended: () => undefined,
    failed: (_proxy, cause) => void failures.push(cause.message),
  });
  const proxies = new ProxySet({ opener, reach: { listen: [], upstream: [] }, seed: '7', protocol: 'any' });
  try {
    const own = { shared: true, outage: '1s..2s' };
    await proxies.create({ name: 'p', upstream: '127.0.0.1:9', listen, enabled: false, up: own });
    await proxies.addToxic('p', { type: 'bandwidth', stream: 'upstream', attributes: { rate: 1 } });
    const refused = await proxies.update('p', { enabled: true }).catch((cause: Error) => cause.message);
    assert.match(refused as string, /^--rate: expected a shared link to be there from the beginning/);
    assert.is(proxies.get('p').isEnabled, false);
    await proxies.removeToxic('p', 'bandwidth_upstream');
    assert.is((await proxies.update('p', { enabled: true })).listen, listen);
    assert.equal(failures, []);
  } finally {
    await proxies.close();
    await opener.end();
  }
});

real('what a proxy that runs cannot become opens nothing and closes no flow', async () => {
  const { proxies, end } = runningApp();
  const { server, newClient, close } = await peers();
  const place = await bound();
  const { port } = place.address();
  await new Promise<void>((resolve) => place.close(resolve));
  try {
    const upstream = `127.0.0.1:${server.address().port}`;
    const a = await proxies.create({ name: 'a', upstream, listen: '127.0.0.1:0' });
    const { socket, heard } = await newClient();
    socket.send('first', a.ends.listen.port, '127.0.0.1');
    await until(PATIENCE_MS, 'an answer', () => heard.length === 1);
    const journal = a.handle?.journal();
    const b = { name: 'b', upstream, listen: `127.0.0.1:${port}` };
    for (const knobs of [{ rebind: '1s' }, { shared: true, rate: '1mbit' }]) {
      const plans = [b, { name: 'a', upstream, listen: a.listen, down: knobs }];
      const refused = await proxies.populate(plans).catch((cause: Error) => cause.message);
      assert.match(refused as string, /^--(rebind|shared): expected/);
    }
    assert.equal(a.handle?.journal(), journal);
    assert.equal(a.handle?.flows, [1]);
    assert.equal(proxies.all, [a]);
    assert.is((await proxies.create(b)).ends.listen.port, port);
  } finally {
    close();
    await end();
  }
});

real('a proxy whose files are still to be written has ended: nothing that is done to it fails', async () => {
  const { server, newClient, close } = await peers();
  const done: unknown[] = [];
  let started: StartedProxy | undefined;
  let isWritten = false;
  const line = (_atNs: number, text: string): void => {
    // What each flow did is told between the end and the files.
    if (started === undefined || proxy.isOver !== true || done.length > 0) return;
    assert.match(text, /^flow 1/);
    assert.is(isWritten, false);
    const upstream = { address: '127.0.0.1', port: 9 };
    for (const act of [
      () => started?.change(proxy.conditions),
      () => started?.check(proxy.conditions, upstream),
      () => started?.setUpstream(upstream),
      () => started?.closeFlow(1),
    ]) {
      try {
        done.push(act());
      } catch (cause) {
        done.push(cause);
      }
    }
    for (const act of [() => started?.setListening(true), () => started?.close()])
      done.push(act()?.catch((cause: unknown) => cause));
  };
  const open = new OpenFlows(() => undefined);
  const proxy = await startProxy({
    server: { address: '127.0.0.1', port: server.address().port },
    host: '127.0.0.1',
    ports: [0],
    protocol: readProtocol('any', 'protocol'),
    impairment: readImpairment({ seed: '7' }),
    observe: open.observe,
    log: { ...NO_LOG, line },
  });
  try {
    started = new StartedProxy(proxy, open, noWaits());
    const { socket, heard } = await newClient();
    socket.send('first', started.listening.port, '127.0.0.1');
    await until(PATIENCE_MS, 'an answer', () => heard.length === 1);
    assert.is(proxy.isOver, false);
  } finally {
    proxy.stop();
    await proxy.done;
    isWritten = true;
    close();
  }
  assert.equal(await Promise.all(done), Array.from({ length: 6 }));
  assert.is(proxy.epochs().lines.length, 1, 'nor is it in the journal');
});

real('a port that would never open is not waited for after the end', async () => {
  const proxy = await startProxy({
    server: { address: '127.0.0.1', port: 9 },
    host: '127.0.0.1',
    ports: [0],
    protocol: readProtocol('any', 'protocol'),
    impairment: readImpairment({ seed: '7' }),
    log: NO_LOG,
  });
  const never = new Promise<void>(() => undefined);
  const started = new StartedProxy(
    { ...proxy, setListening: () => never },
    new OpenFlows(() => undefined),
    noWaits(),
  );
  const opening = started.setListening(true);
  proxy.stop();
  await opening;
});

real.run();
