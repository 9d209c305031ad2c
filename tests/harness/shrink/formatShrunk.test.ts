import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExecTraffic } from '../../../harness/shrink/execTrial.ts';
import { formatTraffic, formatUnasked } from '../../../harness/shrink/formatShrunk.ts';

const test = suite('what went between a command and the recording');

/** 52 datagrams: 3 dropped, one of them a copy, and one copy more delivered. */
const TRAFFIC: ExecTraffic = {
  address: '127.0.0.1:9000',
  recorded: 52,
  fromCommand: 12,
  uncompleted: 0,
  ignored: 0,
  sent: 52,
  duplicated: 2,
  dropped: 3,
  delivered: 51,
  refused: 0,
  heldAtEnd: 0,
};

const NONE = { fromCommand: 0, sent: 0, duplicated: 0, dropped: 0, delivered: 0 };

test('what was sent, dropped and delivered is told, and the rest where there is any', () => {
  assert.is(
    formatTraffic(TRAFFIC),
    'from the command: 12 datagrams; to it: 52 of 52 sent, 2 duplicated, 3 dropped, 51 delivered',
  );
  assert.is(
    formatTraffic({
      ...TRAFFIC,
      fromCommand: 1,
      ignored: 2,
      duplicated: 0,
      delivered: 40,
      refused: 1,
      heldAtEnd: 8,
    }),
    'from the command: 1 datagram and 2 that were not passed on; to it: 52 of 52 sent, 3 dropped, 40 delivered, ' +
      '1 refused by the kernel, 8 still held',
  );
});

test('who asked for the recording has tried it, whatever became of it', () => {
  assert.is(formatUnasked(TRAFFIC), null);
  assert.is(formatUnasked({ ...TRAFFIC, dropped: 54, delivered: 0, ignored: 3 }), null);
});

test('who never sent anything, does not register, or stops half way is told which', () => {
  const silent = String(formatUnasked({ ...TRAFFIC, ...NONE }));
  const unregistered = String(formatUnasked({ ...TRAFFIC, ...NONE, ignored: 5 }));
  const stopped = String(formatUnasked({ ...TRAFFIC, ...NONE, uncompleted: 1, ignored: 5 }));
  assert.match(silent, 'MATCHSTREAM_SERVER');
  assert.match(unregistered, '--exec-protocol any');
  assert.match(stopped, 'docs/protocol.md');
});

test.run();
