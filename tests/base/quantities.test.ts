import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  formatHostPort,
  formatSizeBytes,
  readDurationNs,
  readHostPort,
  readInteger,
  readIntervalNs,
  readPositiveDurationNs,
  readRateBps,
  readRatio,
  readSizeBytes,
  readSpan,
} from '../../src/base/quantities.ts';
import { assertRefusal, thrownBy } from '../refusals.ts';

const test = suite('quantities as a user writes them');

test('a bare number is answered with the unit that it most likely lacks', async () => {
  await assertRefusal(() => readRatio('5', '--drop'), 'value-range | --drop', '5%?');
  await assertRefusal(() => readDurationNs('2.5', '--delay'), 'value-format | --delay', '2.5ms?');
  await assertRefusal(() => readRateBps('10', '--rate'), 'value-format | --rate', '10mbit?');
});

test('an interval is 0, or 1 us and more', async () => {
  const read = (text: string): number => readIntervalNs(text, '--interval');
  assert.equal(['0', '0s', '1us', '1000ns', '1.5us', '24h'].map(read), [0, 0, 1000, 1000, 1500, 86_400e9]);
  for (const text of ['0.5us', '999ns', '1ns']) {
    await assertRefusal(() => read(text), 'value-range | --interval', '1us');
  }
});

test('nothing is guessed where no unit would help', async () => {
  for (const [read, text, code] of [
    [readRatio, '120', 'value-range'],
    [readRatio, '120%', 'value-range'],
    [readRatio, 'half', 'value-format'],
    [readDurationNs, '-1', 'value-format'],
    [readDurationNs, 'soon', 'value-format'],
    [readRateBps, '0', 'value-format'],
    [readRateBps, '0mbit', 'value-range'],
    [readRateBps, '2000gbit', 'value-range'],
  ] as const) {
    await assertRefusal(() => read(text, '--x'), `${code} | --x`, `"${text}"`);
    assert.match(String(await thrownBy(() => read(text, '--x'))), /"$/);
  }
});

test('an endpoint needs a port, unless there is a default for it', async () => {
  assert.equal(readHostPort('localhost:9000', '--x'), { host: 'localhost', port: 9000 });
  assert.equal(readHostPort('[::1]:9000', '--x', 12_345), { host: '::1', port: 9000 });
  assert.equal(readHostPort('localhost', '--x', 12_345), { host: 'localhost', port: 12_345 });
  assert.equal(readHostPort('[::1]', '--x', 12_345), { host: '::1', port: 12_345 });
  await assertRefusal(() => readHostPort('localhost', '--x'), 'value-format | --x', '"localhost"');
  for (const text of ['localhost:', '', 'a b', '/dev/null'])
    await assertRefusal(() => readHostPort(text, '--x', 12_345), 'value-format | --x', `"${text}"`);
  for (const text of ['localhost:65536', '65536'])
    await assertRefusal(() => readHostPort(text, '--x', 12_345), 'value-range | --x', `"${text}"`);
});

test('a port that stands alone is one of this machine', () => {
  for (const defaultPort of [undefined, 12_345]) {
    const read = (text: string) => readHostPort(text, '--x', defaultPort);
    assert.equal(read('24030'), { host: '127.0.0.1', port: 24_030 });
    assert.equal(read(':9000'), { host: '127.0.0.1', port: 9000 });
    assert.equal(read('0'), { host: '127.0.0.1', port: 0 });
  }
});

test('what looks like an endpoint is answered with the endpoint', async () => {
  for (const [text, meant] of [
    ['udp://10.0.0.1:53', ' 10.0.0.1:53?'],
    ['10.0.0.1 53', ' 10.0.0.1:53?'],
    ['10.0.0.1/53', ' 10.0.0.1:53?'],
    ['*:53', ' 0.0.0.0:53?'],
    ['::1', '[::1]:9000'],
    ['::1:9000', '[::1]:9000'],
    ['fe80::1', '[::1]:9000'],
  ] as const)
    await assertRefusal(() => readHostPort(text, '--x'), 'value-format | --x', meant);
});

test('a quantity in another spelling is answered with ours', async () => {
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
    await assertRefusal(() => read(text, '--x'), 'value-format | --x', ` ${meant}?`);
  }
});

test('a size is of bytes, thousands of them, or 1024ths', async () => {
  const read = (text: string): number => readSizeBytes(text, '--x', 0, 2 ** 40);
  assert.equal(['0B', '7B', '64kB', '1.5MB', '2GB', '4KiB', '256MiB', '1GiB', '1TiB'].map(read), [
    0,
    7,
    64_000,
    1_500_000,
    2e9,
    4096,
    268_435_456,
    2 ** 30,
    2 ** 40,
  ]);
  assert.equal([0, 7, 4096, 268_435_456, 2 ** 30, 1_500_000].map(formatSizeBytes), [
    '0B',
    '7B',
    '4KiB',
    '256MiB',
    '1GiB',
    '1500000B',
  ]);
  for (const [text, meant] of [
    ['64', ' 64MiB?'],
    ['64k', ' 64kB?'],
    ['64KB', ' 64kB?'],
    ['2 gib', ' 2GiB?'],
    ['512mb', ' 512MB?'],
    ['9b', ' 9B?'],
  ] as const)
    await assertRefusal(() => read(text), 'value-format | --x', meant);
  await assertRefusal(() => readSizeBytes('5B', '--x', 6, 9), 'value-range | --x', 'from 6B to 9B');
  await assertRefusal(() => read('2TiB'), 'value-range | --x', '1TiB');
  for (const text of ['', '-1MB', 'much']) await assertRefusal(() => read(text), 'value-format | --x');
});

test('a zero with a sign is zero, and a time or a share has none', async () => {
  assert.ok(Object.is(readInteger('-0', '--x', 0, 9), 0));
  assert.ok(Object.is(readInteger('-0', '--x', -9, 9), 0));
  for (const read of [readDurationNs, readIntervalNs, readPositiveDurationNs, readRatio, readRateBps])
    await assertRefusal(() => read('-0', '--x'), 'value-format | --x', '"-0"');
  await assertRefusal(() => readSpan('-0', '--x', 0, 9), 'value-format | --x', '"-0"');
  await assertRefusal(() => readHostPort('h:-0', '--x'), 'value-format | --x', '"h:-0"');
});

test('an endpoint is written as it is read', () => {
  assert.is(formatHostPort('127.0.0.1', 9000), '127.0.0.1:9000');
  assert.is(formatHostPort('localhost', 0), 'localhost:0');
  assert.is(formatHostPort('::1', 53_847), '[::1]:53847');
  assert.equal(readHostPort(formatHostPort('2001:db8::9', 9), '--x'), { host: '2001:db8::9', port: 9 });
});

test.run();
