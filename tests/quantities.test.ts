import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../src/errors.ts';
import {
  formatEndpoint,
  readDurationNs,
  readEndpoint,
  readIntervalNs,
  readRateBps,
  readRatio,
} from '../src/quantities.ts';

const test = suite('quantities as a user writes them');

function complaintOf(read: () => unknown): string {
  try {
    read();
  } catch (cause) {
    assert.instance(cause, UsageError);
    return (cause as UsageError).message;
  }
  return 'nothing was wrong';
}

test('a bare number is answered with the unit that it most likely lacks', () => {
  assert.is(
    complaintOf(() => readRatio('5', '--drop')),
    '--drop: expected a ratio from 0% to 100%, such as 5% or 0.05, got "5"; did you mean 5%?',
  );
  assert.is(
    complaintOf(() => readDurationNs('2.5', '--delay')),
    '--delay: expected a duration such as 10ms, 100us or 1s, got "2.5"; did you mean 2.5ms?',
  );
  assert.is(
    complaintOf(() => readRateBps('10', '--rate')),
    '--rate: expected a rate such as 10mbit or 64kbit, got "10"; did you mean 10mbit?',
  );
});

test('an interval is 0, or 1 us and more', () => {
  const read = (text: string): number => readIntervalNs(text, '--interval');
  assert.equal(['0', '0s', '1us', '1000ns', '1.5us', '24h'].map(read), [0, 0, 1000, 1000, 1500, 86_400e9]);
  for (const text of ['0.5us', '999ns', '1ns']) {
    assert.is(
      complaintOf(() => read(text)),
      `--interval: expected 1us or more, or 0 for as fast as it goes, got "${text}"`,
    );
  }
});

test('nothing is guessed where no unit would help', () => {
  for (const complaint of [
    complaintOf(() => readRatio('120', '--drop')),
    complaintOf(() => readRatio('120%', '--drop')),
    complaintOf(() => readRatio('half', '--drop')),
    complaintOf(() => readDurationNs('-1', '--delay')),
    complaintOf(() => readDurationNs('soon', '--delay')),
    complaintOf(() => readRateBps('0', '--rate')),
  ]) {
    assert.match(complaint, /expected .*, got "[^"]*"$/);
  }
});

test('an endpoint needs a port, unless there is a default for it', () => {
  assert.equal(readEndpoint('localhost:9000', '--x'), { host: 'localhost', port: 9000 });
  assert.equal(readEndpoint('[::1]:9000', '--x', 12_345), { host: '::1', port: 9000 });
  assert.equal(readEndpoint('localhost', '--x', 12_345), { host: 'localhost', port: 12_345 });
  assert.equal(readEndpoint('[::1]', '--x', 12_345), { host: '::1', port: 12_345 });
  assert.is(
    complaintOf(() => readEndpoint('localhost', '--x')),
    '--x: expected HOST:PORT, such as 127.0.0.1:9000, got "localhost"',
  );
  for (const text of ['localhost:', 'localhost:65536', '::1', '', 'a b']) {
    assert.is(
      complaintOf(() => readEndpoint(text, '--x', 12_345)),
      `--x: expected HOST or HOST:PORT, such as 127.0.0.1:9000, got "${text}"`,
    );
  }
});

test('an endpoint is written as it is read', () => {
  assert.is(formatEndpoint('127.0.0.1', 9000), '127.0.0.1:9000');
  assert.is(formatEndpoint('localhost', 0), 'localhost:0');
  assert.is(formatEndpoint('::1', 53_847), '[::1]:53847');
  assert.equal(readEndpoint(formatEndpoint('2001:db8::9', 9), '--x'), { host: '2001:db8::9', port: 9 });
});

test.run();
