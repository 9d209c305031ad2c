/** A run's processes, killed from outside at many moments: the run says so at once, and nothing of it lives on. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from './loopback.ts';
import { ended, inFolder, start } from './program.ts';

const test = suite('a run of which one process is killed');

/** A second is what it takes on a quiet machine; its clients alone would take five, and twenty while they register. */
const LIMIT_MS = 4000;
/** From when the process is there, milliseconds: it starts, clients register, the stream runs. */
const MOMENTS_MS = [0, 50, 150, 250, 350, 500, 700, 1000, 1500, 2500];

/** Children of a process in order of their start. */
function childrenOf(processId: number): number[] {
  const path = `/proc/${processId}/task/${processId}/children`;
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split(' ')
    .filter((id) => id !== '')
    .map(Number)
    .toSorted((a, b) => a - b);
}

interface Victim {
  readonly name: string;
  /** Its place among the run's processes. */
  readonly place: number;
  readonly args: readonly string[];
}

const VICTIMS: readonly Victim[] = [
  { name: 'server', place: 0, args: ['live'] },
  {
    name: 'proxy',
    place: 1,
    args: ['replay', 'match.jsonl', '--drop', '5%', '--fates', 'fates', '--seed', '1'],
  },
];

for (const { name, place, args } of VICTIMS) {
  test(`its ${name}: it ends in time with code 3 and the part's name`, async () => {
    if (process.platform !== 'linux') return;
    for (const momentMs of MOMENTS_MS) {
      await inFolder(async (folder) => {
        if (args[0] === 'replay') {
          const record = [
            'record',
            '--seed',
            '1',
            '--interval',
            '50ms',
            '--messages',
            '200',
            '--out',
            'match.jsonl',
          ];
          assert.is((await ended(start(record, folder))).code, 0);
        } else assert.is(args[0], 'live');
        const stream = args[0] === 'live' ? ['--messages', '200', '--interval', '50ms', '--seed', '1'] : [];
        const program = start([...args, ...stream, '--report', 'report'], folder);
        const ending = ended(program);
        const processId = program.pid as number;
        await until(20_000, 'the process', () => childrenOf(processId).length > place);
        const victim = childrenOf(processId)[place] as number;
        await new Promise((resolve) => setTimeout(resolve, momentMs));
        const siblings = childrenOf(processId);
        const killedAt = performance.now();
        process.kill(victim, 'SIGKILL');
        const { code, stderr } = await ending;
        const tookMs = performance.now() - killedAt;
        const where = `${name} after ${momentMs} ms: ${tookMs} ms, ${stderr}`;
        assert.is(code, 3, where);
        assert.match(stderr, `the ${name} process ended with SIGKILL`, where);
        assert.ok(tookMs < LIMIT_MS, where);
        assert.not.match(stderr, /\bat .*:\d+:\d+/);
        for (const sibling of siblings) assert.not.ok(existsSync(join('/proc', String(sibling))), where);
      });
    }
  });
}

test.run();
