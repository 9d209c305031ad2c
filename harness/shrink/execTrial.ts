/**
 * One run of a user's program behind the proxy: a server, the proxy, the program, and the end of all three.
 *
 * An edge module, on real sockets and the real clock. It judges nothing: how the program ended is the answer.
 */
import { randomBytes } from 'node:crypto';
import { NO_LOG } from '../../src/files/logFile.ts';
import { formatEndpoint } from '../../src/quantities.ts';
import type { Peer } from '../../src/stream/batch.ts';
import type { Machine } from '../../src/stream/machine.ts';
import { ServerMachine } from '../../src/stream/server.ts';
import type { StreamSource } from '../../src/stream/source.ts';
import { MonotonicClock } from '../../src/transport/clock.ts';
import { Driver } from '../../src/transport/driver.ts';
import { openTransport } from '../../src/transport/select.ts';
import type { TransportChoice } from '../../src/transport/select.ts';
import type { ProxyProtocol } from '../proxy/flow.ts';
import { startProxy } from '../proxy/shell.ts';
import type { Impairments } from '../replay/impairmentOptions.ts';
import { execCommand } from '../runner/exec.ts';
import type { ExecOutcome } from '../runner/exec.ts';
import { within } from '../runner/start.ts';
import { OpenSender, TURN_DATAGRAMS } from './openSender.ts';

export interface ExecTrialPlan {
  readonly source: StreamSource;
  /** 1 as recorded, 2 twice as fast, 0 flat out. */
  readonly speed: number;
  /** `matchstream`: the program registers; `any`: its first datagram, whatever it says, starts the stream. */
  readonly protocol: ProxyProtocol;
  readonly transport: TransportChoice;
  readonly seed: string;
  readonly impairments: Impairments;
  readonly holdMaxNs: number;
  readonly impairControl: boolean;
  readonly command: string;
  readonly timeoutMs: number;
  readonly shown: boolean;
  readonly signal: AbortSignal;
}

const HOST = '127.0.0.1';
const STOP_LIMIT_MS = 10_000;

interface RunningSender {
  readonly local: Peer;
  /** Resolves once nothing of it is left; rejects when it had failed. */
  stop(): Promise<void>;
}

export async function runExecTrial(plan: ExecTrialPlan): Promise<ExecOutcome> {
  const clock = new MonotonicClock();
  const sender = await startSender(plan, clock);
  try {
    const proxy = await startProxy({
      server: sender.local,
      host: HOST,
      ports: [0],
      protocol: plan.protocol,
      seed: plan.seed,
      impairments: plan.impairments,
      holdMaxNs: plan.holdMaxNs,
      impairControl: plan.impairControl,
      mediaTimeNs: (index) => plan.source.mediaTimeNs(Math.min(index, plan.source.total)),
      maxFlows: 1,
      idleNs: Number.POSITIVE_INFINITY,
      fatesDir: null,
      transport: plan.transport,
      clock,
      log: NO_LOG,
    });
    try {
      const { address, port } = proxy.listening[0] as Peer;
      return await execCommand({
        command: plan.command,
        env: { MATCHSTREAM_SERVER: formatEndpoint(address, port) },
        timeoutMs: plan.timeoutMs,
        shown: plan.shown,
        signal: plan.signal,
      });
    } finally {
      proxy.stop();
      await within(proxy.done, STOP_LIMIT_MS, 'the proxy');
    }
  } finally {
    await sender.stop();
  }
}

function senderMachine(plan: ExecTrialPlan, clock: MonotonicClock): Machine {
  const { source, speed } = plan;
  if (plan.protocol === 'any') return new OpenSender(source, speed);
  return new ServerMachine({
    source,
    speed,
    secret: randomBytes(32),
    epochUs: clock.epochUs,
    waitFor: 1,
    maxClients: 1,
    batchDatagrams: TURN_DATAGRAMS,
  });
}

/** A sender that ends at once when it is told to: the program has ended, so nobody is there to take leave of. */
async function startSender(plan: ExecTrialPlan, clock: MonotonicClock): Promise<RunningSender> {
  const transport = await openTransport(plan.transport, clock);
  const port = await transport.open({ host: HOST, port: 0 });
  const driver = new Driver(senderMachine(plan, clock), transport, clock, { pacing: 'hybrid' });
  driver.start();
  return {
    local: transport.localPeer(port),
    stop: async () => {
      driver.stop();
      await driver.done.finally(() => transport.close());
    },
  };
}
