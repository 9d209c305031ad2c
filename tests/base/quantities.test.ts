import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/base/errors.ts';
import {
  formatHostPort,
  readDurationNs,
  readHostPort,
  readInteger,
  readIntervalNs,
  readPositiveDurationNs,
  readRateBps,
  readRatio,
  readSpan,
} from '../../src/base/quantities.ts';

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
  assert.equal(readHostPort('localhost:9000', '--x'), { host: 'localhost', port: 9000 });
  assert.equal(readHostPort('[::1]:9000', '--x', 12_345), { host: '::1', port: 9000 });
  assert.equal(readHostPort('localhost', '--x', 12_345), { host: 'localhost', port: 12_345 });
  assert.equal(readHostPort('[::1]', '--x', 12_345), { host: '::1', port: 12_345 });
  assert.is(
    complaintOf(() => readHostPort('localhost', '--x')),
    '--x: expected HOST:PORT, such as 127.0.0.1:9000, got "localhost"',
  );
  for (const text of ['localhost:', 'localhost:65536', '65536', '', 'a b', '/dev/null']) {
    assert.is(
      complaintOf(() => readHostPort(text, '--x', 12_345)),
      `--x: expected HOST or HOST:PORT, such as 127.0.0.1:9000, got "${text}"`,
    );
  }
});

test('a port that stands alone is one of this machine', () => {
  for (const defaultPort of [undefined, 12_345]) {
    const read = (text: string) => readHostPort(text, '--x', defaultPort);
    assert.equal(read('24030'), { host: '127.0.0.1', port: 24_030 });
    assert.equal(read(':9000'), { host: '127.0.0.1', port: 9000 });
    assert.equal(read('0'), { host: '127.0.0.1', port: 0 });
  }
});

test('what looks like an endpoint is answered with the endpoint', () => {
  const meant = (text: string): string => complaintOf(() => readHostPort(text, '--x'));
  for (const [text, remedy] of [
    ['udp://10.0.0.1:53', 'did you mean 10.0.0.1:53?'],
    ['10.0.0.1 53', 'did you mean 10.0.0.1:53?'],
    ['10.0.0.1/53', 'did you mean 10.0.0.1:53?'],
    ['*:53', 'did you mean 0.0.0.0:53?'],
  ] as const) {
    assert.is(meant(text), `--x: expected HOST:PORT, such as 127.0.0.1:9000, got "${text}"; ${remedy}`);
  }
  for (const text of ['::1', '::1:9000', 'fe80::1']) {
    assert.is(
      meant(text),
      `--x: expected HOST:PORT, such as [::1]:9000, the address in brackets, got "${text}"`,
    );
  }
});

test('a quantity in another spelling is answered with ours', () => {
  for (const [read, text, meant] of [
    [readDurationNs, '10 ms', '10ms'],
    [readDurationNs, '5sec', '5s'],
    [readDurationNs, '1,5s', '1.5s'],
    [readDurationNs, '20MS', '20ms'],
    [readRateBps, '10Mbit', '10mbit'],
    [readRateBps, '64 kbps', '64kbit'],
    [readRatio, '5 %', '5%'],
    [readRatio, '.5%', '0.5%'],
  ] as const) {
    assert.match(
      complaintOf(() => read(text, '--x')),
      new RegExp(`got "${text.replace('.', '[.]')}"; did you mean ${meant.replace('.', '[.]')}[?]$`),
    );
  }
});

test('a zero with a sign is zero, and a time or a share has none', () => {
  assert.ok(Object.is(readInteger('-0', '--x', 0, 9), 0));
  assert.ok(Object.is(readInteger('-0', '--x', -9, 9), 0));
  for (const read of [readDurationNs, readIntervalNs, readPositiveDurationNs, readRatio, readRateBps])
    assert.match(
      complaintOf(() => read('-0', '--x')),
      /^--x: expected .*, got "-0"$/,
    );
  assert.match(
    complaintOf(() => readSpan('-0', '--x', 0, 9)),
    /got "-0"$/,
  );
  assert.match(
    complaintOf(() => readHostPort('h:-0', '--x')),
    /got "h:-0"$/,
  );
});

test('an endpoint is written as it is read', () => {
  assert.is(formatHostPort('127.0.0.1', 9000), '127.0.0.1:9000');
  assert.is(formatHostPort('localhost', 0), 'localhost:0');
  assert.is(formatHostPort('::1', 53_847), '[::1]:53847');
  assert.equal(readHostPort(formatHostPort('2001:db8::9', 9), '--x'), { host: '2001:db8::9', port: 9 });
});

test.run();
