/** Whole batches over the simulated network: handed over where that is possible, and never different from copies. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatagramBatch } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import { newChunk, sendAway } from '../../src/net/sendQueue.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';
import { SimulatedNetwork } from '../../src/net/simulated.ts';
import type { LinkRule } from '../../src/net/simulated.ts';

const A: Peer = { address: '10.0.0.1', port: 1 };
const B: Peer = { address: '10.0.0.2', port: 2 };
const utf8 = new TextEncoder();

/** Says three batches a turn, from one batch that it uses again and again, and forgets each as soon as it is sent. */
class Talker implements Endpoint {
  turns = 0;
  readonly arenas = new Set<Uint8Array>();
  readonly #batch: DatagramBatch;
  readonly #handsOver: boolean;

  constructor(batch: DatagramBatch, handsOver: boolean) {
    this.#batch = batch;
    this.#handsOver = handsOver;
  }

  get finished(): boolean {
    return this.turns === 4;
  }

  nextTimeoutNs(): number {
    return this.turns * 10;
  }

  handleDatagrams(): void {}
  handleTimeout(): void {
    this.turns += 1;
  }

  drain(sink: DatagramSink): void {
    const batch = this.#batch;
    for (const part of ['a', 'b', 'c']) {
      for (const row of [0, 1, 2]) {
        const bytes = utf8.encode(`${this.turns}${part}${row}`);
        batch.append(bytes, 0, bytes.length, this.turns * 10 + row);
      }
      const taken = this.#handsOver ? sendAway(sink, 0, B, batch) : sink.send(0, B, batch, 0, batch.count);
      assert.is(taken, 3);
      this.arenas.add(batch.bytes);
      batch.bytes.fill(0x21);
      batch.clear();
    }
  }
}

class Listener implements Endpoint {
  finished = true;
  readonly heard: string[] = [];
  handleDatagrams(_nowNs: number, _port: number, batch: DatagramBatch, from: number, to: number): void {
    for (let row = from; row < to; row += 1) {
      const text = Buffer.from(batch.payload(row)).toString();
      this.heard.push(`${text}@${batch.timesNs[row]} ${batch.sources[row]?.address}`);
    }
  }

  handleTimeout(): void {}
  nextTimeoutNs(): number {
    return Number.POSITIVE_INFINITY;
  }

  drain(): void {}
}

function run(batch: DatagramBatch, handsOver: boolean, rule?: LinkRule): { talker: Talker; heard: string[] } {
  const network = new SimulatedNetwork(rule === undefined ? {} : { rule });
  const talker = new Talker(batch, handsOver);
  const listener = new Listener();
  network.join(talker).open({ host: A.address, port: A.port });
  network.join(listener).open({ host: B.address, port: B.port });
  assert.ok(network.run());
  return { talker, heard: listener.heard };
}

const test = suite('a batch handed over');

test('arrives as a copy would, while the sender writes over what it sent', () => {
  const copied = run(newChunk(), false);
  const handed = run(newChunk(), true);
  assert.equal(copied.heard.slice(0, 4), [
    '1a0@10 10.0.0.1',
    '1a1@11 10.0.0.1',
    '1a2@12 10.0.0.1',
    '1b0@10 10.0.0.1',
  ]);
  assert.is(copied.heard.length, 36);
  assert.equal(handed.heard, copied.heard);
  assert.is(copied.talker.arenas.size, 1);
  assert.ok(handed.talker.arenas.size > 1);
});

test('keeps its memory where the network could not use it', () => {
  const { talker, heard } = run(new DatagramBatch(8, 70_000), true);
  assert.equal(heard, run(newChunk(), false).heard);
  assert.is(talker.arenas.size, 1);
});

test('is still judged datagram by datagram', () => {
  const rule: LinkRule = (_from, _to, payload) => (payload[2] === 0x31 ? 'drop' : 'deliver');
  const { heard } = run(newChunk(), true, rule);
  assert.is(heard.length, 24);
  assert.equal(heard, run(newChunk(), false, rule).heard);
});

test.run();
