import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { faultsOf } from '../../bench/flows/scene.ts';
import type { EndsAccount, ProxyAccount, Way } from '../../bench/flows/messages.ts';

const test = suite('the accounts of the benchmark of many flows');

const way = (some: Partial<Way>): Way => ({ arrived: 0, forwarded: 0, lost: 0, kernelDrops: 0, ...some });
/** 100 sent, 1 turned away, 2 dropped before the proxy; 3 lost in it; 1 dropped at the server; 4 answers too late, 5 lost. */
const PROXY: ProxyAccount = {
  flows: 9,
  up: way({ arrived: 97, forwarded: 94, lost: 3, kernelDrops: 2 }),
  down: way({ arrived: 89, forwarded: 84, lost: 5 }),
  turnedAway: 1,
  tooLate: 4,
  gaveWay: 0,
};
const ENDS: EndsAccount = { echoed: 93, sent: 60, heard: 50, kernelDrops: 1 };

test('close where every datagram is in one counter', () => {
  assert.equal(faultsOf(PROXY, ENDS, 40, 34), []);
});

test('name the place where one is missing, or there twice', () => {
  const where = (
    proxy: Partial<ProxyAccount>,
    ends: Partial<EndsAccount>,
    asked = 40,
    answered = 34,
  ): string[] => faultsOf({ ...PROXY, ...proxy }, { ...ENDS, ...ends }, asked, answered);
  assert.equal(where({}, {}, 41), ['1 datagrams unexplained on the way to the proxy']);
  assert.equal(where({ turnedAway: 2 }, {}), ['-1 datagrams unexplained on the way to the proxy']);
  assert.equal(where({ up: { ...PROXY.up, lost: 2 } }, {}), [
    '1 datagrams unexplained in the proxy, on the way up',
  ]);
  assert.equal(where({ tooLate: 3 }, {}), ['1 datagrams unexplained on the way back to the proxy']);
  assert.equal(where({ down: { ...PROXY.down, lost: 0 } }, {}), [
    '5 datagrams unexplained in the proxy, on the way down',
  ]);
  assert.equal(where({}, { heard: 49 }), [
    '1 datagrams unexplained on the way to the server and back to its clients',
  ]);
});

test.run();
