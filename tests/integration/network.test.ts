/** What every network promises to whoever runs an endpoint on it: sockets by either transport, and the one in memory. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EnvironmentError } from '../../src/base/errors.ts';
import type { DatagramBatch, Peer } from '../../src/net/batch.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import type { Host, Network } from '../../src/net/network.ts';
import { realNetwork } from '../../src/net/realNetwork.ts';
import { SimulatedNetwork } from '../../src/net/simulated.ts';
import { batchOf } from '../stream/batches.ts';
import { PATIENCE_MS, within } from './loopback.ts';

const HOST = '127.0.0.1';

/** Says a text through a port to a peer as soon as it is told to, and hears until it has heard enough. */
class Talker implements Endpoint {
  readonly heard: { readonly port: number; readonly from: Peer; readonly text: string }[] = [];
  finished = false;
  readonly #enough: number;
  #toSay: { readonly port: number; readonly to: Peer; readonly texts: string[] }[] = [];

  constructor(enough: number) {
    this.#enough = enough;
  }

  say(port: number, to: Peer, ...texts: string[]): void {
    this.#toSay.push({ port, to, texts });
  }

  handleDatagrams(_nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    for (let row = from; row < to; row += 1) {
      const text = Buffer.from(batch.payload(row)).toString();
      if (text === 'break') throw new Error('broken by a datagram');
      this.heard.push({ port, from: { ...(batch.sources[row] as Peer) }, text });
    }
    this.finished = this.heard.length >= this.#enough;
  }

  handleTimeout(): void {}

  nextTimeoutNs(): number {
    return Number.POSITIVE_INFINITY;
  }

  drain(sink: DatagramSink): void {
    for (const { port, to, texts } of this.#toSay.splice(0)) {
      const batch = batchOf(texts);
      assert.is(sink.send(port, to, batch, 0, batch.count), batch.count);
    }
  }
}

/** @param settled waits for a promise while time passes on that network */
function networkContract(
  name: string,
  open: () => { network: Network; settled: <T>(promise: Promise<T>) => Promise<T> },
): void {
  const test = suite(`network contract, ${name}`);
  const bound = <T>(promise: Promise<T>): Promise<T> => within(PATIENCE_MS, name, promise);
  const hostWith = async (network: Network, ports: number): Promise<Host> => {
    const host = await network.host();
    for (let port = 0; port < ports; port += 1)
      assert.is(await host.open({ host: HOST, port: 0 }), port, 'ports count from 0');
    return host;
  };

  test('two ports send and receive, in order, with addresses, until the endpoint is finished', async () => {
    const { network, settled } = open();
    const receiver = new Talker(3);
    const sender = new Talker(1);
    const near = await hostWith(network, 2);
    const far = await hostWith(network, 2);
    const received = far.run(receiver);
    const sent = near.run(sender);
    near.act((nowNs) => {
      assert.ok(nowNs >= 0 && nowNs <= network.clock.nowNs());
      sender.say(0, far.localPeer(1), 'a', 'b');
      sender.say(1, far.localPeer(1), 'c');
    });
    await bound(settled(received));
    assert.equal(
      receiver.heard.filter(({ text }) => text !== 'c'),
      ['a', 'b'].map((text) => ({ port: 1, from: near.localPeer(0), text })),
    );
    assert.equal(
      receiver.heard.filter(({ text }) => text === 'c'),
      [{ port: 1, from: near.localPeer(1), text: 'c' }],
    );
    far.act(() => assert.unreachable('after its end nothing is done'));
    assert.equal(far.kernelDrops(1), { drops: 0, coalesced: far.kernelDrops(1).coalesced });
    assert.is(far.report().transport, name);
    await far.close();
    await near.close();
    await bound(settled(sent));
  });

  test('to close ends the run, and frees the port', async () => {
    const { network, settled } = open();
    const host = await hostWith(network, 1);
    const ended = host.run(new Talker(1));
    const { port } = host.localPeer(0);
    await host.close();
    await bound(settled(ended));
    await host.close();
    const heir = await network.host();
    assert.is(await heir.open({ host: HOST, port }), 0);
    assert.is(heir.localPeer(0).port, port);
    await heir.close();
  });

  test('a closed port sends and receives nothing, and keeps its address; the other one goes on', async () => {
    const { network, settled } = open();
    const host = await hostWith(network, 2);
    const other = await hostWith(network, 1);
    const talker = new Talker(1);
    const ended = host.run(talker);
    const sender = new Talker(1);
    const sent = other.run(sender);
    const closed = host.localPeer(0);
    host.closePort(0);
    assert.equal(host.localPeer(0), closed);
    other.act(() => {
      sender.say(0, closed, 'lost');
      sender.say(0, host.localPeer(1), 'heard');
    });
    await bound(settled(ended));
    assert.equal(
      talker.heard.map(({ port, text }) => [port, text]),
      [[1, 'heard']],
    );
    assert.throws(() => host.localPeer(7), /port 7 was never opened/);
    await host.close();
    await other.close();
    await bound(settled(sent));
  });

  test('a taken port is an environment error that says which', async () => {
    const { network } = open();
    const host = await hostWith(network, 1);
    const { port } = host.localPeer(0);
    const other = await network.host();
    const failure = await (async () => other.open({ host: HOST, port }))().catch((cause: unknown) => cause);
    assert.instance(failure, EnvironmentError);
    assert.is((failure as EnvironmentError).code, 'port-taken');
    assert.match((failure as Error).message, `cannot listen on ${HOST}:${port} (EADDRINUSE)`);
    await other.close();
    await host.close();
  });

  test('what an endpoint throws ends its run with that, and nobody else', async () => {
    const { network, settled } = open();
    const broken = await hostWith(network, 1);
    const other = await hostWith(network, 1);
    const failing = broken.run(new Talker(1));
    const receiver = new Talker(1);
    const sound = other.run(receiver);
    other.act(() => receiver.say(0, broken.localPeer(0), 'break'));
    const cause = await bound(settled(failing)).catch((error: unknown) => error);
    assert.is((cause as Error).message, 'broken by a datagram');
    other.act(() => receiver.say(0, other.localPeer(0), 'to itself'));
    await bound(settled(sound));
    await broken.close();
    await other.close();
  });

  test('random bytes are of the length that was asked for, and never twice the same', () => {
    const { network } = open();
    const drawn = Array.from({ length: 50 }, () => Buffer.from(network.random(18)).toString('hex'));
    assert.is(new Set(drawn).size, 50);
    assert.ok(drawn.every(({ length }) => length === 36));
  });

  test.run();
}

const onSockets = (transport: 'node' | 'linux') => () => ({
  network: realNetwork(transport),
  settled: <T>(promise: Promise<T>) => promise,
});

// Before any suite is run: they run as soon as this file waits.
const loaded = await loadNativeSockets();

networkContract('node', onSockets('node'));
if (loaded.ok) networkContract('linux', onSockets('linux'));
networkContract('simulated', () => {
  const network = new SimulatedNetwork();
  return { network, settled: (promise) => network.until(promise) };
});

const test = suite('a network in memory');

test('draws the same bytes in every run', () => {
  const [once, again] = [new SimulatedNetwork(), new SimulatedNetwork()];
  assert.equal([once.random(18), once.random(32)], [again.random(18), again.random(32)]);
});

test('says that it has come to a stop where nothing is due and something is waited for', async () => {
  const network = new SimulatedNetwork();
  const host = network.host();
  host.open({ host: HOST, port: 0 });
  const cause = await network.until(host.run(new Talker(1))).catch((error: unknown) => error);
  assert.match((cause as Error).message, 'came to a stop before its end');
});

test('gives up waiting with the signal', async () => {
  const reason = new Error('interrupted');
  const network = new SimulatedNetwork();
  const waiting = network.until(new Promise(() => undefined), AbortSignal.abort(reason));
  assert.is(await waiting.catch((cause: unknown) => cause), reason);
});

test('keeps what arrives before an endpoint runs, as a socket does', async () => {
  const network = new SimulatedNetwork();
  const late = network.host();
  late.open({ host: HOST, port: 0 });
  const early = new Talker(1);
  const host = network.host();
  host.open({ host: HOST, port: 0 });
  void host.run(early);
  early.say(0, late.localPeer(0), 'waiting');
  network.settle(host);
  const talker = new Talker(1);
  await network.until(late.run(talker));
  assert.equal(
    talker.heard.map(({ text }) => text),
    ['waiting'],
  );
});

test.run();
