import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { LogFile, NO_LOG, defaultLogPath, withoutLog } from '../../src/files/logFile.ts';
import { refusal } from '../refusals.ts';

const folder = mkdtempSync(join(tmpdir(), 'matchstream-log-'));
const test = suite('a log file');
test.after(() => rmSync(folder, { recursive: true, force: true }));

test('has one line an event, with seconds since the epoch of the run', async () => {
  const log = new LogFile(join(folder, 'lines.log'));
  log.line(0, 'first');
  log.line(1_234_567_890, 'second');
  log.line(98_765e9, 'third');
  await log.close();
  assert.is(
    readFileSync(log.path, 'utf8'),
    '    0.000000  first\n    1.234568  second\n98765.000000  third\n',
  );
});

test('a text can neither forge a line nor drive the terminal it is read in', async () => {
  const log = new LogFile(join(folder, 'forged.log'));
  log.line(0, 'refused: \n    1.000000  all is well\u001B[2J\u202E');
  await log.close();
  assert.is(
    readFileSync(log.path, 'utf8'),
    String.raw`    0.000000  refused: \n    1.000000  all is well\u001b[2J\u202e` + '\n',
  );
});

test('makes the folders it needs', async () => {
  const log = new LogFile(join(folder, 'a', 'b', 'c.log'));
  await log.close();
  assert.is(readFileSync(log.path, 'utf8'), '');
});

test('of a run that never began nothing is left, and its failure is thrown on', async () => {
  const failure = new Error('no port');
  const first = new LogFile(join(folder, 'never', 'first.log'));
  const second = new LogFile(join(folder, 'never', 'second.log'));
  for (const log of [second, first, NO_LOG]) {
    log.line(0, 'x');
    assert.is(await withoutLog(log)(failure).catch((cause: unknown) => cause), failure);
    await log.close();
  }
  assert.not(existsSync(join(folder, 'never')));
});

test('never overwrites a file', () => {
  const path = join(folder, 'there.log');
  writeFileSync(path, 'precious');
  assert.throws(() => new LogFile(path), refusal('output-taken', '--log'));
  assert.is(readFileSync(path, 'utf8'), 'precious');
});

test('two of one name: the second is refused, however quickly it comes', async () => {
  const path = join(folder, 'race.log');
  const first = new LogFile(path);
  assert.throws(() => new LogFile(path), refusal('output-taken', '--log'));
  first.line(0, 'x');
  await first.close();
  assert.is(readFileSync(path, 'utf8'), '    0.000000  x\n');
});

test('where none can be made the reason is an environment error with a remedy', () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  mkdirSync(join(folder, 'a-folder'), { recursive: true });
  assert.throws(() => new LogFile(join(file, 'below.log')), refusal('write-failed'));
});

test('leaves lines out when the disk is slower than what is logged, and says how many', async () => {
  const log = new LogFile(join(folder, 'flood.log'));
  const text = 'x'.repeat(86);
  const offered = 30_000;
  // All in one turn of the event loop: nothing can be written meanwhile.
  for (let k = 0; k < offered; k += 1) log.line(k, text);
  await log.close();
  const lines = readFileSync(log.path, 'utf8').trimEnd().split('\n');
  const last = lines.pop() as string;
  const leftOut = Number(/^(\d+) lines were left out: the disk was too slow$/.exec(last)?.[1]);
  assert.is(lines.length + leftOut, offered);
  // A mebibyte is 10,382 lines of 101 bytes.
  assert.ok(lines.length >= 10_382 && lines.length <= 10_384, `${lines.length} lines were kept`);
  assert.ok(lines.every((line) => line.length === 100));
});

/** A disk that does with each write what it is told. */
const disk = (write: (done: (error?: Error) => void) => void) => (): Writable =>
  new Writable({ write: (_chunk, _encoding, done) => write(done) });

test('a disk that fails is not kept secret, and costs no more than the log', async () => {
  const log = new LogFile(join(folder, 'full.log'), {
    open: disk((done) => done(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }))),
  });
  assert.is(log.complaint, null);
  log.line(0, 'x');
  await new Promise((resolve) => setImmediate(resolve));
  log.line(1, 'y');
  await log.close();
  assert.is(
    log.complaint,
    `the log ${log.path} is not whole: the disk is full; make room there, or choose a folder with room`,
  );
});

test('a disk that takes nothing is not waited for any longer than the limit', async () => {
  const log = new LogFile(join(folder, 'stuck.log'), { closeLimitMs: 20, open: disk(() => undefined) });
  log.line(0, 'x');
  await log.close();
  assert.match(log.complaint ?? '', /stuck\.log is not whole: the disk does not take it/);
});

test('a whole log has nothing to complain of, closed once or twice', async () => {
  const log = new LogFile(join(folder, 'whole.log'));
  log.line(0, 'x');
  await Promise.all([log.close(), log.close()]);
  assert.is(log.complaint, null);
});

test('a line after the end is ignored', async () => {
  const log = new LogFile(join(folder, 'late.log'));
  log.line(0, 'x');
  await log.close();
  log.line(1, 'too late');
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(readFileSync(log.path, 'utf8'), '    0.000000  x\n');
});

test('the log of a process that writes none takes everything and does nothing', async () => {
  NO_LOG.line(0, 'x');
  await NO_LOG.close();
});

test('the default name says role, time and process, so that no two processes share one', () => {
  const path = defaultLogPath('client', new Date('2024-06-11T13:05:09.123Z'));
  assert.is(path, join('matchstream-logs', `client-20240611T130509123-${process.pid}.log`));
});

test.run();
