/** A proxy that reads its socket late sends in the order of the schedule all the same. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../../harness/impairment/impairment.ts';
import { anyProgram } from '../../../../harness/protocols/any.ts';
import { ProxyEndpoint } from '../../../../harness/proxy/proxyEndpoint.ts';
import { DatagramBatch } from '../../../../src/net/batch.ts';
import { Catcher, bytesOf } from '../rows.ts';

const MS = 1e6;
const CLIENT = { address: '127.0.0.1', port: 40_000 };
const SERVER = { address: '127.0.0.1', port: 9 };
const KNOBS = { delay: '20ms', jitter: '15ms', reorder: '10%', duplicate: '5%' };

/** A proxy without a network, whose upstream port is open at once. */
class Bench {
  readonly caught = new Catcher();
  readonly #endpoint: ProxyEndpoint;

  constructor(seed: string) {
    const endpoint: ProxyEndpoint = new ProxyEndpoint({
      server: SERVER,
      protocol: anyProgram,
      impairment: readImpairment({ seed, up: KNOBS }),
      listening: 1,
      openUpstream: (opening) => endpoint.upstreamOpened(opening, 1),
    });
    this.#endpoint = endpoint;
    endpoint.handleTimeout(0);
  }

  read(nowNs: number, arrivalsNs: readonly number[], first: number): void {
    const batch = new DatagramBatch(arrivalsNs.length, 64 * arrivalsNs.length);
    for (const [k, arrivalNs] of arrivalsNs.entries()) {
      const bytes = bytesOf(String(first + k));
      batch.append(bytes, 0, bytes.length, arrivalNs, CLIENT);
    }
    this.#endpoint.handleDatagrams(nowNs, 0, batch, 0, batch.count);
    this.#endpoint.drain(this.caught);
  }

  /** Handles every deadline up to a time. */
  waitUntil(nowNs: number): void {
    for (let dueNs = this.#endpoint.nextTimeoutNs(); dueNs <= nowNs; dueNs = this.#endpoint.nextTimeoutNs()) {
      this.#endpoint.handleTimeout(Math.max(dueNs, 0));
      this.#endpoint.drain(this.caught);
      if (this.#endpoint.nextTimeoutNs() === dueNs) break;
    }
    this.#endpoint.handleTimeout(nowNs);
    this.#endpoint.drain(this.caught);
  }

  get texts(): string[] {
    return this.caught.texts;
  }
}

const test = suite('reading late');

test('the order does not depend on when datagrams are read, or in which batches', () => {
  fc.assert(
    fc.property(
      fc.nat(1000),
      fc.array(fc.integer({ min: 0, max: 3 * MS }), { minLength: 2, maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 }),
      (seed, gapsNs, sizes) => {
        let timeNs = MS;
        const arrivalsNs = gapsNs.map((gapNs) => (timeNs += gapNs));
        const lateNs = timeNs + 500 * MS;
        const prompt = new Bench(String(seed));
        for (const [k, arrivalNs] of arrivalsNs.entries()) {
          prompt.waitUntil(arrivalNs);
          prompt.read(arrivalNs, [arrivalNs], k + 1);
        }
        prompt.waitUntil(lateNs);
        const late = new Bench(String(seed));
        for (let from = 0, k = 0; from < arrivalsNs.length; k += 1) {
          const to = from + (sizes[k % sizes.length] as number);
          late.read(lateNs, arrivalsNs.slice(from, to), from + 1);
          from = to;
        }
        late.waitUntil(lateNs);
        prompt.waitUntil(lateNs + 3000 * MS);
        late.waitUntil(lateNs + 3000 * MS);
        assert.ok(prompt.texts.length >= arrivalsNs.length);
        assert.equal(late.texts, prompt.texts);
      },
    ),
    { numRuns: 200 },
  );
});

test.run();
