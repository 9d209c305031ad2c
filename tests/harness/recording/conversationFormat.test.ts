/** The addresses of a flow as text, and as packets have them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endpointsFor } from '../../../harness/recording/capture/endpoints.ts';
import { readFlowChoice } from '../../../harness/recording/conversation/flowChoice.ts';
import {
  addressMembers,
  plainAddress,
  readFlowAddresses,
} from '../../../harness/recording/conversationFormat.ts';

const test = suite('the addresses of a flow');

test('what is written is read', () => {
  assert.equal(readFlowAddresses(addressMembers('10.0.0.1:5', '[2001:db8::1]:53', 'any')), {
    client: '10.0.0.1:5',
    server: '[2001:db8::1]:53',
  });
  assert.equal(readFlowAddresses(''), { client: null, server: null });
  assert.equal(readFlowAddresses('"client":5,"other":"x"'), { client: null, server: null });
});

test('equal addresses have equal text, however they were written', () => {
  for (const [given, plain] of [
    ['[2001:DB8:0:0::1]:53', '[2001:db8::1]:53'],
    ['[0:0:0:0:0:0:0:1]:9', '[::1]:9'],
    ['127.0.0.1:9', '127.0.0.1:9'],
    ['[fe80::a%eth0]:9', '[fe80::a%eth0]:9'],
    ['localhost:9', 'localhost:9'],
    ['anything', 'anything'],
  ] as const)
    assert.is(plainAddress(given), plain);
});

test('so the flow that is chosen is found by either', () => {
  const [choice] = readFlowChoice('10.0.0.1:5,[2001:DB8:0::1]:53', '--flow');
  assert.equal(choice, readFlowAddresses('"client":"10.0.0.1:5","server":"[2001:db8:0:0:0::1]:53"'));
});

test('packets have both ends of one family: an IPv4 address beside an IPv6 one is mapped into it', () => {
  assert.equal(endpointsFor('10.0.0.1:5', '10.0.0.2:53'), {
    client: { address: [10, 0, 0, 1], port: 5 },
    server: { address: [10, 0, 0, 2], port: 53 },
  });
  assert.equal(endpointsFor('10.0.0.1:5', '[::1]:53'), {
    client: { address: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1], port: 5 },
    server: { address: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], port: 53 },
  });
  for (const [client, server] of [
    [null, '10.0.0.1:5'],
    ['10.0.0.1:70000', '10.0.0.1:5'],
    ['host:5', '10.0.0.1:5'],
  ] as const)
    assert.is(endpointsFor(client, server), null);
});

test.run();
