import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_BYTES, readByteRanges } from '../../../../harness/recording/conversation/byteRanges.ts';
import { Comparison, REPEATED, UNKNOWN } from '../../../../harness/recording/conversation/comparison.ts';
import { randomStream } from '../../../../src/base/random.ts';
import { conversationOf } from './written.ts';
import type { Line } from './written.ts';

const test = suite('finding a recorded datagram');

const FLOWS = 3;
/** In small ones, equal payloads of several flows meet in one place of the table. */
const SIZES = [400, ...Array.from({ length: 20 }, () => 12)];

test('it finds what a search through all of them finds, in any order of arrivals', async () => {
  const { draw: random } = randomStream('payloads');
  const whole = (below: number): number => Math.floor(random() * below);
  // Few payloads, so that many are equal; the first byte is ignored.
  const text = (): string => `${whole(10)}${'ab'.repeat(whole(3))}${whole(3)}`;
  let taken = 0;
  for (const size of SIZES) {
    const lines = Array.from({ length: size }, (_, k): Line => {
      return [k, 1 + whole(FLOWS), whole(2) === 0 ? '>' : '<', text()];
    });
    const asked = Array.from({ length: FLOWS }, (_, k): Line => [0, k + 1, '>', 'x']);
    const conversation = await conversationOf([...asked, ...lines]);
    const { upward, flowOf, lengths, payloads } = conversation;
    const recorded = Array.from({ length: conversation.count }, (_, row) => {
      payloads.find(row);
      const { bytes, start } = payloads;
      return Buffer.from(bytes.subarray(start, start + (lengths[row] as number))).toString();
    });
    for (const ignored of [NO_BYTES, readByteRanges('0', '--ignore')]) {
      const found = new Comparison(conversation, 0, ignored);
      const key = (payload: string): string => (ignored === NO_BYTES ? payload : payload.slice(1));
      const used = new Set<number>();
      for (let k = 0; k < 1.5 * size; k += 1) {
        const payload = text();
        const flow = whole(FLOWS);
        const equal = recorded.flatMap((other, row) =>
          upward[row] === 0 && flowOf[row] === flow && key(other) === key(payload) ? [row] : [],
        );
        const left = equal.find((row) => !used.has(row));
        const wanted = equal.length === 0 ? UNKNOWN : (left ?? REPEATED);
        if (wanted >= 0) used.add(wanted);
        assert.is(found.take(flow, Buffer.from(`..${payload}`), 2, payload.length), wanted);
      }
      taken += used.size;
    }
  }
  assert.ok(taken > 200, `${taken}`);
});

test.run();
