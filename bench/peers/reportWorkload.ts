/**
 * The workload `report`: what `proxy --report` costs while it forwards. The highest rate with less than 1 % lost, flat out, with and
 * without it, impaired alike. What is worked out at the end is not part of it: the proxy is killed.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../src/base/version.ts';
import { measureHighest } from './proxyWorkload.ts';
import { startProxyProgram } from './proxyProgram.ts';
import { DATAGRAM_BYTES, OURS } from './sample.ts';
import type { Contender, Workload } from './sample.ts';
import type { Bench } from './workloads.ts';

const IMPAIRED = '--protocol any --direction up --reorder 5% --reorder-distance 1..3 --seed peers'.split(' ');

export function reportWorkload(bench: Bench): Workload | string {
  const { tools, transport, tempDir } = bench;
  if (tools === null) return 'the workload report needs a C compiler';
  const folder = join(tempDir, 'report');
  const contend = (name: string, more: readonly string[]): Contender => ({
    peer: name,
    version: version(),
    measure: () =>
      measureHighest(bench, tools.load, async (sinkPort) => {
        const { port, child } = await startProxyProgram(bench, sinkPort, [...IMPAIRED, ...more]);
        return {
          port,
          // Everything is passed on, some of it later.
          expect: (sent) => sent,
          note: () => undefined,
          stop: async () => {
            await child.stop('SIGKILL');
            rmSync(folder, { recursive: true, force: true });
            return [];
          },
        };
      }),
  });
  return {
    name: 'report',
    datagramBytes: DATAGRAM_BYTES,
    score: 'received rate',
    transport,
    ours: contend(OURS, []),
    peers: [contend(`${OURS} --report`, ['--report', folder])],
  };
}
