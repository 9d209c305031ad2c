import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Throughput } from '../../src/metrics/throughput.ts';

const test = suite('throughput');

test('five datagrams 1 ms apart are 1000 a second', () => {
  const throughput = new Throughput();
  for (let k = 0; k < 5; k += 1) throughput.handleArrival(7e9 + k * 1e6, 125);
  assert.is(throughput.datagramsPerSecond, 1000);
  assert.is(throughput.bitsPerSecond, 1_000_000);
  assert.is(throughput.datagrams, 5);
});

test('the first datagram starts the clock and its size does not count', () => {
  const throughput = new Throughput();
  throughput.handleArrival(0, 9999);
  throughput.handleArrival(1e9, 1);
  assert.is(throughput.bitsPerSecond, 8);
});

test('no time has no rate', () => {
  const throughput = new Throughput();
  assert.is(throughput.datagramsPerSecond, null);
  throughput.handleArrival(3, 1);
  throughput.handleArrival(3, 1);
  assert.is(throughput.datagramsPerSecond, null);
  assert.is(throughput.bitsPerSecond, null);
});

test.run();
