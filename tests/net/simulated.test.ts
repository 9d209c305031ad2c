import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DatagramBatch, Peer } from '../../src/net/batch.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';
import { SimulatedNetwork } from '../../src/net/simulated.ts';
import { batchOf } from '../stream/batches.ts';

interface Line {
  readonly atNs: number;
  readonly to: Peer;
  readonly texts: string[];
}

/** Says prepared texts at prepared times, and notes what it hears and when. */
class Scripted implements Endpoint {
  readonly heard: {
    readonly nowNs: number;
    readonly atNs: number;
    readonly port: number;
    readonly from: string;
    readonly text: string;
  }[] = [];
  readonly wokenNs: number[] = [];
  finished = false;
  readonly #script: Line[];
  readonly #lines: Line[] = [];

  constructor(script: Line[] = []) {
    this.#script = script;
  }

  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    for (let row = from; row < to; row += 1) {
      const source = batch.sources[row] as Peer;
      const text = Buffer.from(batch.payload(row)).toString();
      this.heard.push({
        nowNs,
        atNs: batch.timesNs[row] as number,
        port,
        from: `${source.address}:${source.port}`,
        text,
      });
    }
  }

  handleTimeout(nowNs: number): void {
    this.wokenNs.push(nowNs);
    while (this.#script[0] !== undefined && this.#script[0].atNs <= nowNs) {
      this.#lines.push(this.#script.shift() as Line);
    }
    this.finished = this.#script.length === 0;
  }

  nextTimeoutNs(): number {
    return this.#script[0]?.atNs ?? Number.POSITIVE_INFINITY;
  }

  drain(sink: DatagramSink): void {
    for (const { to, texts, atNs } of this.#lines) {
      const batch = batchOf(texts, undefined, atNs);
      sink.send(0, to, batch, 0, batch.count);
    }
    this.#lines.length = 0;
  }
}

const A: Peer = { address: '10.0.0.1', port: 1 };
const B: Peer = { address: '10.0.0.2', port: 2 };

const test = suite('the simulated network');

test('delivers at once, in order, with the sender and the time it was due', () => {
  const network = new SimulatedNetwork();
  const sender = new Scripted([
    { atNs: 5, to: B, texts: ['a', 'b'] },
    { atNs: 9, to: B, texts: ['c'] },
  ]);
  const receiver = new Scripted();
  receiver.finished = true;
  network.join(sender).open({ host: A.address, port: A.port });
  network.join(receiver).open({ host: B.address, port: B.port });
  assert.ok(network.run());
  const about = { port: 0, from: '10.0.0.1:1' };
  assert.equal(receiver.heard, [
    { nowNs: 5, atNs: 5, text: 'a', ...about },
    { nowNs: 5, atNs: 5, text: 'b', ...about },
    { nowNs: 9, atNs: 9, text: 'c', ...about },
  ]);
  assert.is(network.nowNs(), 9);
});

test('wakes a machine when it asked to be woken, and otherwise lets time jump', () => {
  const network = new SimulatedNetwork();
  const sender = new Scripted([
    { atNs: 3, to: B, texts: [] },
    { atNs: 1e18, to: B, texts: [] },
  ]);
  network.join(sender).open({ host: A.address, port: 0 });
  assert.ok(network.run());
  assert.equal(sender.wokenNs, [3, 1e18]);
});

test('with a quantum wakes less often, and each datagram keeps its own time', () => {
  const network = new SimulatedNetwork({ quantumNs: 10 });
  const sender = new Scripted([1, 4, 9, 12].map((atNs) => ({ atNs, to: B, texts: [`${atNs}`] })));
  const receiver = new Scripted();
  receiver.finished = true;
  network.join(sender).open({ host: A.address, port: A.port });
  network.join(receiver).open({ host: B.address, port: B.port });
  assert.ok(network.run());
  assert.equal(sender.wokenNs, [11, 22]);
  assert.equal(
    receiver.heard.map(({ atNs, text }) => `${atNs} ${text}`),
    ['1 1', '4 4', '9 9', '12 12'],
  );
});

test('a quantum does not run past something that is to happen at a given time', () => {
  const network = new SimulatedNetwork({ quantumNs: 10 });
  const sender = new Scripted([1, 12].map((atNs) => ({ atNs, to: B, texts: [] })));
  network.join(sender).open({ host: A.address, port: A.port });
  const seenNs: number[] = [];
  network.at(6, () => seenNs.push(network.nowNs()));
  assert.ok(network.run());
  assert.equal(sender.wokenNs, [6, 22]);
  assert.equal(seenNs, [6]);
});

test('what is to happen happens in order of time, before any machine wakes at that time', () => {
  const network = new SimulatedNetwork();
  const order: string[] = [];
  const sender = new Scripted([{ atNs: 7, to: B, texts: [] }]);
  network.join(sender).open({ host: A.address, port: A.port });
  network.at(7, () => order.push(`second, ${sender.wokenNs.length} woken`));
  network.at(3, () => order.push('first'));
  assert.ok(network.run());
  assert.equal(order, ['first', 'second, 0 woken']);
});

test('does not run past its limit, and says that it did not finish', () => {
  const network = new SimulatedNetwork();
  const sender = new Scripted([3, 8].map((atNs) => ({ atNs, to: B, texts: [] })));
  network.join(sender).open({ host: A.address, port: A.port });
  assert.not(network.run(7));
  assert.equal(sender.wokenNs, [3]);
  assert.ok(network.run(8));
});

test('a machine that waits for nothing does not finish, and does not hang the run', () => {
  const network = new SimulatedNetwork();
  network.join(new Scripted()).open({ host: A.address, port: A.port });
  assert.not(network.run());
});

test('a datagram for nobody is sent and lost', () => {
  const network = new SimulatedNetwork();
  const host = network.join(new Scripted());
  host.open({ host: A.address, port: A.port });
  assert.is(host.send(0, B, batchOf(['x', 'y']), 0, 2), 2);
});

test('a rule sees every datagram and drops what it will', () => {
  const seen: string[] = [];
  const network = new SimulatedNetwork({
    rule: (from, to, payload) => {
      const text = Buffer.from(payload).toString();
      seen.push(`${from.port}>${to.port} ${text}`);
      return text === 'b' ? 'drop' : 'deliver';
    },
  });
  const receiver = new Scripted();
  const host = network.join(new Scripted());
  host.open({ host: A.address, port: A.port });
  network.join(receiver).open({ host: B.address, port: B.port });
  assert.is(host.send(0, B, batchOf(['a', 'b', 'c']), 0, 3), 3, 'a dropped one was sent');
  network.run();
  assert.equal(seen, ['1>2 a', '1>2 b', '1>2 c']);
  assert.equal(
    receiver.heard.map(({ text }) => text),
    ['a', 'c'],
  );
});

test('an inbox has a cap, and what overflows it is counted', () => {
  const network = new SimulatedNetwork();
  const receiver = new Scripted();
  const host = network.join(new Scripted());
  host.open({ host: A.address, port: A.port });
  const target = network.join(receiver);
  target.open({ host: B.address, port: B.port });
  const batch = batchOf(Array.from({ length: 1024 }, () => 'x'));
  // 1024 chunks of 256 datagrams each.
  for (let k = 0; k < 257; k += 1) host.send(0, B, batch, 0, 1024);
  assert.is(target.dropped(0), 1024);
  network.run();
  assert.is(receiver.heard.length, 256 * 1024);
});

test('ports are picked, given and refused as by a real system', () => {
  const network = new SimulatedNetwork();
  const host = network.join(new Scripted());
  assert.is(host.open({ host: A.address, port: 49_152 }), 0);
  assert.is(host.open({ host: A.address, port: 0 }), 1);
  assert.equal(host.localPeer(0), { address: A.address, port: 49_152 });
  assert.is(host.localPeer(1).port, 49_153, 'the next one that is free');
  assert.throws(
    () => host.open({ host: A.address, port: 49_153 }),
    /^cannot listen on 10.0.0.1:49153 \(EADDRINUSE\)/,
  );
  host.open({ host: B.address, port: 49_153 });
  assert.throws(() => host.localPeer(9), /never opened/);
});

test('a stream to a hundred hosts moves in the memory of its first round', () => {
  const network = new SimulatedNetwork();
  const peers = Array.from({ length: 100 }, (_, k): Peer => ({ address: '10.0.1.1', port: k + 1 }));
  const rounds = [1, 2, 3, 4];
  const script = rounds.flatMap((atNs) => peers.map((to) => ({ atNs, to, texts: [`${atNs}`] })));
  network.join(new Scripted(script)).open({ host: A.address, port: A.port });
  const seen = new Set<DatagramBatch>();
  let received = 0;
  for (const { address, port } of peers) {
    const receiver = new Scripted();
    receiver.finished = true;
    receiver.handleDatagrams = (_nowNs, _port, batch, from, to) => {
      seen.add(batch);
      received += to - from;
    };
    network.join(receiver).open({ host: address, port });
  }
  assert.ok(network.run());
  assert.is(received, 400);
  assert.is(seen.size, 100);
});

test('who vanished gets and sends nothing more, and frees its addresses', () => {
  const network = new SimulatedNetwork();
  const killed = new Scripted([{ atNs: 9, to: A, texts: ['from the dead'] }]);
  const other = new Scripted([{ atNs: 20, to: B, texts: ['x'] }]);
  const host = network.join(other);
  host.open({ host: A.address, port: A.port });
  const victim = network.join(killed);
  victim.open({ host: B.address, port: B.port });
  host.send(0, B, batchOf(['on its way']), 0, 1);
  network.vanish(victim);
  assert.ok(network.run());
  assert.equal(killed.heard, []);
  assert.equal(killed.wokenNs, []);
  assert.equal(other.heard, []);
  const heir = new Scripted();
  network.join(heir).open({ host: B.address, port: B.port });
  host.send(0, B, batchOf(['y']), 0, 1);
  network.run();
  assert.equal(
    heir.heard.map(({ text }) => text),
    ['y'],
  );
});

test('to vanish twice is to vanish once', () => {
  const network = new SimulatedNetwork();
  const first = network.join(new Scripted());
  first.open({ host: B.address, port: B.port });
  const other = new Scripted([{ atNs: 1, to: B, texts: [] }]);
  network.join(other).open({ host: A.address, port: A.port });
  network.vanish(first);
  network.vanish(first);
  assert.ok(network.run());
  assert.equal(other.wokenNs, [1], 'the other one is still there');
});

test('a known address refuses what is sent to a port that nobody has, and tells the ports that ask for it', () => {
  const network = new SimulatedNetwork();
  const told: string[] = [];
  const sender = new Scripted([
    { atNs: 1, to: B, texts: ['heard'] },
    { atNs: 2, to: { ...B, port: 3 }, texts: ['a', 'b', 'c'] },
    { atNs: 3, to: { address: '10.0.0.9', port: 2 }, texts: ['to no address'] },
    { atNs: 5, to: B, texts: ['too late'] },
  ]);
  const asks = Object.assign(sender, {
    handleRefused: (nowNs: number, port: number, { address, port: by }: Peer, count: number) =>
      told.push(`${nowNs}: port ${port}: ${count} by ${address}:${by}`),
  });
  network.join(asks).open({ host: A.address, port: A.port, tellsRefusals: true });
  const receiver = network.join(new Scripted(), false);
  receiver.open({ host: B.address, port: B.port });
  network.at(4, () => network.vanish(receiver));
  const silent = Object.assign(new Scripted([{ atNs: 6, to: B, texts: ['y'] }]), {
    handleRefused: () => told.push('not asked'),
  });
  network.join(silent).open({ host: '10.0.0.3', port: 3 });
  network.run();
  network.run();
  assert.equal(told, ['2: port 0: 3 by 10.0.0.2:3', '5: port 0: 1 by 10.0.0.2:2']);
});

test.run();
