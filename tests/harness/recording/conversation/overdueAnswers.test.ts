/** Answers that are missing for longer than they are waited for. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findExchanges } from '../../../../harness/recording/conversation/conversation.ts';
import { NO_BYTES } from '../../../../harness/recording/conversation/byteRanges.ts';
import { OverdueAnswers } from '../../../../harness/recording/conversation/overdueAnswers.ts';
import { conversationOf } from './written.ts';

const test = suite('overdue answers');

test('an answer is overdue when its time and the longest wait are over, and no more when it comes', async () => {
  const conversation = await conversationOf([
    [0, 1, '>', 'a'],
    [10, 1, '<', 'A'],
    [20, 2, '>', 'b'],
    [30, 2, '<', 'B'],
    [40, 1, '>', 'c'],
    [45, 1, '<', 'C'],
  ]);
  const overdue = new OverdueAnswers(conversation, findExchanges(conversation, NO_BYTES), 100e6);
  const arrived = new Uint8Array(6);
  const sentNs = new Float64Array(6).fill(Number.NaN);
  const at = (ms: number): number[] => {
    overdue.advance(ms * 1e6, sentNs, arrived);
    return [...overdue.counts];
  };
  // Sent a second later than recorded; the third request is not sent.
  sentNs[0] = 1000e6;
  sentNs[2] = 1020e6;
  assert.equal(at(1110), [0, 0]);
  assert.equal(at(1111), [1, 0]);
  assert.equal(at(1131), [1, 1]);
  assert.equal(at(1e6), [1, 1]);
  arrived[3] = 1;
  overdue.came(3);
  assert.equal(at(1e6), [1, 0]);
  sentNs[4] = 2000e6;
  arrived[5] = 1;
  overdue.came(5);
  assert.equal(at(1e6), [1, 0]);
});

test.run();
