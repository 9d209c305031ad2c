/**
 * A child process with one proxy, for the benchmark of many flows. Only flowsChild.ts starts it.
 */
import { readImpairment } from '../../harness/impairment/impairment.ts';
import { anyProgram } from '../../harness/protocols/any.ts';
import { droppedTotal } from '../../harness/proxy/path/counters.ts';
import type { DirectionCounters } from '../../harness/proxy/path/counters.ts';
import { startProxy } from '../../harness/proxy/startProxy.ts';
import type { ProxyReport, RunningProxy } from '../../harness/proxy/startProxy.ts';
import { NO_LOG } from '../../src/files/logFile.ts';
import { leaveSignalsToParent } from '../../src/service/signals.ts';
import { serveParent } from './messages.ts';
import type { ProxyAccount, ProxyTask, Way } from './messages.ts';

let running: RunningProxy | undefined;

async function start({ transport, serverPort, maxFlows, idleNs, knobs }: ProxyTask) {
  running = await startProxy({
    server: { address: '127.0.0.1', port: serverPort },
    host: '127.0.0.1',
    ports: [0],
    protocol: anyProgram,
    impairment: readImpairment({ seed: 'flows', up: knobs, down: knobs }),
    fatesDir: null,
    maxFlows,
    idleNs,
    transport,
    log: NO_LOG,
  });
  return { port: running.listening[0]?.port ?? 0 };
}

async function stop(): Promise<ProxyAccount> {
  running?.stop();
  return accountOf((await running?.done) as ProxyReport);
}

function accountOf({ ports, flows, earlier, ignored }: ProxyReport): ProxyAccount {
  const all = [earlier, ...flows];
  const drops = flows.map(({ kernelDown }) => kernelDown.drops);
  return {
    flows: earlier.flows + flows.length,
    up: wayOf(
      all.map(({ up }) => up),
      ports[0]?.kernel.drops ?? null,
    ),
    down: wayOf(
      all.map(({ down }) => down),
      drops.reduce(
        (sum, count) => (sum === null || count === null ? null : sum + count),
        earlier.kernelDropsDown,
      ),
    ),
    turnedAway: ignored.flowsFull + ignored.noPort + ignored.loop,
    tooLate: ignored.tooLate,
    gaveWay: ignored.gaveWay,
  };
}

function wayOf(all: readonly DirectionCounters[], kernelDrops: number | null): Way {
  const total = (of: (counters: DirectionCounters) => number): number =>
    all.reduce((sum, counters) => sum + of(counters), 0);
  return {
    arrived: total(({ arrived }) => arrived),
    forwarded: total(({ forwarded }) => forwarded),
    lost: total((counters) => counters.refused + counters.heldAtEnd + droppedTotal(counters)),
    kernelDrops,
  };
}

function sample() {
  const { user, system } = process.cpuUsage();
  // What is garbage belongs to no flow.
  globalThis.gc?.();
  globalThis.gc?.();
  const after = process.cpuUsage();
  collectedUs += after.user + after.system - user - system;
  return { cpuUs: after.user + after.system - collectedUs, rssBytes: process.memoryUsage().rss };
}

/** Processor time of the collections that samples asked for. */
let collectedUs = 0;

leaveSignalsToParent();
serveParent({ proxy: start, sample, stop });
