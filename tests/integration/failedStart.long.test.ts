import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainSession } from '../../bench/plainSession.ts';
import { runSession } from '../../harness/session/session.ts';
import { MODES } from '../../harness/session/startTask.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { until } from './loopback.ts';
import { inFolder } from './program.ts';

const test = suite('a session of which one client cannot start');

/** Children of this process that still run a task. */
const children = (): number =>
  readdirSync('/proc/self/task')
    .flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '))
    .filter((id) => id !== '' && isTask(id)).length;

function isTask(processId: string): boolean {
  try {
    return /runner[/]child[.]/.test(readFileSync(`/proc/${processId}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}

for (const mode of MODES) {
  test(`${mode}: it fails with the reason, ends all others and leaves no part of a file`, async () => {
    await inFolder(async (folder) => {
      const arrivalsPath = join(folder, 'arrivals.csv');
      // The second client's part of the arrivals file is a folder, which it cannot write to.
      mkdirSync(`${arrivalsPath}.${process.pid}-client-2.tmp`);
      const failure = await runSession({
        ...plainSession({ messages: 1000, intervalNs: 1e6, datagramBytes: 1200 }),
        mode,
        clients: 2,
        transport: 'node',
        arrivalsPath,
        streamLimitMs: 5000,
      }).then(
        () => null,
        (cause: unknown) => cause,
      );
      assert.instance(failure, EnvironmentError);
      assert.match((failure as Error).message, /cannot write .*arrivals\.csv: it is a folder/);
      assert.equal(readdirSync(folder), [`arrivals.csv.${process.pid}-client-2.tmp`]);
      if (process.platform === 'linux') await until(5000, 'the end of every child', () => children() === 0);
    });
  });
}

test.run();
