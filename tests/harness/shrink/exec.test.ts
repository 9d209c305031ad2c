import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { execCommand } from '../../../harness/session/exec.ts';
import type { ExecOutcome } from '../../../harness/session/exec.ts';
import { assertRefusal } from '../../refusals.ts';
import { temporaryFolder } from '../recording/tiny.ts';

const test = suite("a user's own command");

const exec = (
  command: string,
  timeoutMs = 60_000,
  signal = new AbortController().signal,
): Promise<ExecOutcome> =>
  execCommand({ command, timeoutMs, shown: false, signal }, { MATCHSTREAM_SERVER: '127.0.0.1:9' });

/** Whether a process is there; one that has ended but was not waited for is not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function assertEnds(pid: number): Promise<void> {
  for (let k = 0; k < 3000 && isAlive(pid); k += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.not(isAlive(pid));
}

test('its exit code, or the signal that ended it, is told', async () => {
  assert.equal(await exec('exit 0'), { kind: 'exited', code: 0 });
  assert.equal(await exec('exit 3'), { kind: 'exited', code: 3 });
  assert.equal(await exec('kill -USR1 $$'), { kind: 'killed', signal: 'SIGUSR1' });
});

test('it is given the environment, and a line of a shell', async () => {
  assert.equal(await exec('test "$MATCHSTREAM_SERVER" = 127.0.0.1:9 && exit 5'), { kind: 'exited', code: 5 });
});

test('one that takes too long is ended, with whatever it started', async () => {
  const file = join(temporaryFolder(), 'pid');
  assert.equal(await exec(`sleep 300 & echo $! > ${file}; sleep 300`, 2000), { kind: 'timed out' });
  await assertEnds(Number(readFileSync(file, 'utf8')));
});

test('a limit of months is one, and not over at once', async () => {
  assert.equal(await exec('sleep 0.1', 2000 * 3600e3), { kind: 'exited', code: 0 });
});

test('what it leaves in the background ends with it', async () => {
  const file = join(temporaryFolder(), 'pid');
  assert.equal(await exec(`sleep 60 & echo $! > ${file}`), { kind: 'exited', code: 0 });
  await assertEnds(Number(readFileSync(file, 'utf8')));
});

test('a command that is not there is refused in one line', async () => {
  await assertRefusal(
    () => exec('/no/such/command 2> /dev/null'),
    'program-not-found | --exec',
    '"/no/such/command 2> /dev/null" (the shell says 127)',
  );
});

test('an interruption ends it, before it starts or later', async () => {
  const file = join(temporaryFolder(), 'started');
  const interruption = new AbortController();
  const running = assertRefusal(
    () => exec(`touch ${file}; sleep 60`, 60_000, interruption.signal),
    'interrupted',
  );
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10));
  interruption.abort();
  await running;
  await assertRefusal(() => exec('sleep 60', 60_000, AbortSignal.abort()), 'interrupted');
});

test.run();
