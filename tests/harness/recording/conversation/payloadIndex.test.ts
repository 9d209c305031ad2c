import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_BYTES, readByteRanges } from '../../../../harness/recording/conversation/byteRanges.ts';
import { Comparison, REPEATED, UNKNOWN } from '../../../../harness/recording/conversation/comparison.ts';
import { randomStream } from '../../../../src/base/random.ts';
import { conversationOf } from './written.ts';
import type { Line } from './written.ts';

const test = suite('finding a recorded datagram');

test('it finds what a search through all of them finds, in any order of arrivals', async () => {
  const { draw: random } = randomStream('payloads');
  const whole = (below: number): number => Math.floor(random() * below);
  // Few payloads, so that many are equal; the first byte is ignored.
  const text = (): string => `${whole(10)}${'ab'.repeat(whole(3))}${whole(3)}`;
  const lines: Line[] = Array.from({ length: 400 }, (_, k) => [
    k,
    1 + whole(3),
    whole(2) === 0 ? '>' : '<',
    text(),
  ]);
  const conversation = await conversationOf([[0, 1, '>', 'x'], [0, 2, '>', 'x'], [0, 3, '>', 'x'], ...lines]);
  for (const ignored of [NO_BYTES, readByteRanges('0', '--ignore')]) {
    const found = new Comparison(conversation, 0, ignored);
    const key = (payload: string): string => (ignored === NO_BYTES ? payload : `*${payload.slice(1)}`);
    const recorded = Array.from({ length: conversation.count }, (_, row) => {
      const start = conversation.offsets[row] as number;
      return Buffer.from(conversation.bytes.subarray(start, start + (conversation.lengths[row] as number)));
    });
    const used = new Set<number>();
    for (let k = 0; k < 600; k += 1) {
      const payload = text();
      const flow = whole(3);
      const equal = recorded.flatMap((bytes, row) =>
        conversation.upward[row] === 0 &&
        conversation.flowOf[row] === flow &&
        key(bytes.toString()) === key(payload)
          ? [row]
          : [],
      );
      const wanted = equal.length === 0 ? UNKNOWN : (equal.find((row) => !used.has(row)) ?? REPEATED);
      if (wanted >= 0) used.add(wanted);
      assert.is(found.take(flow, Buffer.from(`..${payload}`), 2, payload.length), wanted);
    }
    assert.ok(used.size > 50);
  }
});

test.run();
