import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readByteRanges, NO_BYTES } from '../../../../harness/recording/conversation/byteRanges.ts';
import { findExchanges } from '../../../../harness/recording/conversation/conversation.ts';
import type { Conversation } from '../../../../harness/recording/conversation/conversation.ts';
import { findFlow } from '../../../../harness/recording/conversation/findFlow.ts';
import { readFlowChoice } from '../../../../harness/recording/conversation/flowChoice.ts';
import { loadConversation } from '../../../../harness/recording/conversation/loadConversation.ts';
import { randomStream } from '../../../../src/base/random.ts';
import { assertRefusal, refusal } from '../../../refusals.ts';
import { conversationOf, writeConversation } from './written.ts';
import type { Line } from './written.ts';

const test = suite('a conversation is loaded');

const LINES: readonly Line[] = [
  [0, 1, '<', 'greeting'],
  [1, 1, '>', 'a'],
  [2, 2, '<', 'news'],
  [3, 3, '>', 'b'],
  [4, 1, '<', 'A'],
  [5, 3, '<', 'B'],
];

/** Each row as `flow way place text`. */
const rows = (conversation: Conversation): string[] =>
  Array.from({ length: conversation.count }, (_, row) => {
    const { payloads, lengths } = conversation;
    payloads.find(row);
    const { bytes, start } = payloads;
    const text = Buffer.from(bytes.subarray(start, start + (lengths[row] as number))).toString();
    const { number } = conversation.flows[conversation.flowOf[row] as number] ?? { number: 0 };
    return `${number} ${conversation.upward[row] === 1 ? '>' : '<'} ${conversation.places[row]} ${text}`;
  });

test('what a server says before its client is left out, and named', async () => {
  const conversation = await conversationOf(LINES);
  assert.equal(rows(conversation), ['1 > 1 a', '3 > 1 b', '1 < 2 A', '3 < 1 B']);
  assert.equal(conversation.flows, [
    { number: 1, client: '10.0.0.1:4000', server: '10.0.0.100:53', requests: 1, answers: 1 },
    { number: 3, client: '10.0.0.3:4000', server: '10.0.0.100:53', requests: 1, answers: 1 },
  ]);
  assert.equal(conversation.leftOut, [
    'left out, sent by the server before its client sent any: flow 1 (10.0.0.1:4000,10.0.0.100:53): 1 datagram; ' +
      'flow 2 (10.0.0.2:4000,10.0.0.100:53): 1 datagram',
  ]);
});

test('flows are chosen by number or by addresses, and the others are named', async () => {
  for (const text of ['3', '10.0.0.3:4000,10.0.0.100:53', ' 3 , 3']) {
    const conversation = await conversationOf(LINES, { flows: readFlowChoice(text, '--flow') });
    assert.equal(rows(conversation), ['3 > 1 b', '3 < 1 B']);
    assert.equal(conversation.leftOut, [
      'left out, not chosen by --flow: flow 1 (10.0.0.1:4000,10.0.0.100:53): 3 datagrams; ' +
        'flow 2 (10.0.0.2:4000,10.0.0.100:53): 1 datagram',
    ]);
  }
  const path = await writeConversation(LINES);
  assert.is(await findFlow(path, { client: '10.0.0.3:4000', server: '10.0.0.100:53' }, false), 3);
});

test('a flow that is not there, and no datagrams of a client, are refused', async () => {
  const path = await writeConversation(LINES);
  await assertRefusal(
    () => loadConversation(path, { flows: [4] }),
    'recording-unsuitable | --flow',
    '3 (10.0.0.3',
  );
  await assertRefusal(
    () => findFlow(path, { client: '10.0.0.4:4000', server: '10.0.0.100:53' }, false),
    'recording-unsuitable | --flow',
  );
  await assertRefusal(
    () => loadConversation(path, { flows: [2] }),
    `recording-unsuitable | ${path}`,
    'only those of a server',
  );
});

test('payloads that are not kept in memory are the same, in any order', async () => {
  const random = randomStream('payloadStore');
  const lines = Array.from({ length: 3000 }, (_, k): Line => {
    const length = k % 400 === 0 ? 60_000 : Math.floor(random.draw() * 300);
    return [k, 1 + (k % 2), k % 3 === 0 || k < 2 ? '>' : '<', `${k}`.padStart(length, 'x')];
  });
  const path = await writeConversation(lines);
  const kept = await loadConversation(path);
  const textOf = ({ payloads, lengths }: Conversation, row: number): string => {
    payloads.find(row);
    const { bytes, start } = payloads;
    return Buffer.from(bytes.subarray(start, start + (lengths[row] as number))).toString();
  };
  for (const keepBytes of [0, 1000, 300_000]) {
    const { payloads, ...loaded } = await loadConversation(path, { keepBytes });
    const { payloads: _, ...expected } = kept;
    assert.equal(loaded, expected);
    const stored = { ...loaded, payloads };
    for (let row = 0; row < kept.count; row += 1) assert.is(textOf(stored, row), lines[row]?.[3]);
    for (let k = 0; k < 2000; k += 1) {
      const row = Math.floor(random.draw() * kept.count);
      assert.is(textOf(stored, row), lines[row]?.[3]);
    }
    payloads.close();
  }
});

test('a choice is numbers, or two addresses', () => {
  assert.equal(readFlowChoice('1,4,65535', '--flow'), [1, 4, 65_535]);
  assert.equal(readFlowChoice('[::1]:5,10.0.0.1:6', '--flow'), [{ client: '[::1]:5', server: '10.0.0.1:6' }]);
  for (const text of ['', '0', '65536', 'x', '1,x', '10.0.0.1:4', '1,10.0.0.1:4', '10.0.0.1,10.0.0.2'])
    assert.throws(() => readFlowChoice(text, '--flow'), refusal('value-format', '--flow'), text);
});

test('an answer belongs to the last request before it, or to that with the bytes it echoes', async () => {
  const conversation = await conversationOf([
    [0, 1, '>', '1q'],
    [1, 1, '>', '2q'],
    [2, 2, '>', '1q'],
    [3, 1, '<', '1a'],
    [4, 1, '<', '2a'],
    [5, 1, '<', '1b'],
    [6, 2, '<', '1a'],
    [7, 2, '<', '9a'],
  ]);
  const answersOf = (request: number, echo: boolean): number[] => {
    const found: number[] = [];
    const { firstAnswer, nextAnswer, requestOf } = findExchanges(
      conversation,
      echo ? readByteRanges('0', '--echo') : NO_BYTES,
    );
    for (let row = firstAnswer[request] as number; row >= 0; row = nextAnswer[row] as number) {
      assert.is(requestOf[row], request);
      found.push(row);
    }
    return found;
  };
  assert.equal(
    [0, 1, 2].map((row) => answersOf(row, false)),
    [[], [3, 4, 5], [6, 7]],
  );
  assert.equal(
    [0, 1, 2].map((row) => answersOf(row, true)),
    [[3, 5], [4], [6, 7]],
  );
});

test.run();
