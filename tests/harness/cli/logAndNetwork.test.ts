import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeDrops, networkLines } from '../../../harness/cli/logAndNetwork.ts';

const test = suite('what carried the datagrams, in words');

test('the first note says how, each further one has a line', () => {
  assert.equal(
    networkLines({ transport: 'node', notes: ['one call a datagram', 'no koffi', 'small buffer'] }),
    ['transport: node (one call a datagram)', 'note: no koffi', 'note: small buffer'],
  );
  assert.equal(networkLines({ transport: 'simulated', notes: [] }), ['transport: simulated']);
});

test('a counter of joined datagrams says what it counts', () => {
  assert.is(describeDrops({ drops: null, coalesced: false }), 'unknown');
  assert.is(describeDrops({ drops: 0, coalesced: true }), 'none');
  assert.is(describeDrops({ drops: 1, coalesced: false }), '1 datagram');
  assert.is(describeDrops({ drops: 17, coalesced: false }), '17 datagrams');
  assert.is(describeDrops({ drops: 3, coalesced: true }), '3 times 1 to 64 datagrams');
});

test.run();
