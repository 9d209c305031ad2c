/**
 * A client on a real socket: registers, measures, logs, and reports at the end.
 *
 * An edge module. The command and the harness both run this; it prints nothing and handles no signal.
 */
import { randomBytes } from 'node:crypto';
import * as check from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import type { Log } from '../files/logFile.ts';
import { StreamMetrics } from '../metrics/streamMetrics.ts';
import { formatHostPort } from '../base/quantities.ts';
import type { Peer } from '../net/batch.ts';
import { ClientEndpoint } from '../stream/clientEndpoint.ts';
import type { ClientEvent, ClientOptions } from '../stream/clientEndpoint.ts';
import { CLIENT_CHECKS, DEFAULT_TMAX_NS } from '../stream/clientOptions.ts';
import type { MonotonicClock } from '../net/clock.ts';
import { Driver } from '../net/driver.ts';
import { openTransport } from '../net/select.ts';
import type { TransportChoice } from '../net/select.ts';
import { addressTowards } from '../net/transport.ts';
import { describeRefusal } from './refusal.ts';
import { clientReport, networkFigures } from './reports.ts';
import type { ClientReport } from './reports.ts';
import { runToEnd } from './runToEnd.ts';
import { UsageMeter } from './usageMeter.ts';
import type { StreamUsage } from './usageMeter.ts';

export interface ClientRun {
  readonly server: Peer;
  readonly clock: MonotonicClock;
  readonly log: Log;
  /** Log every receipt, too. */
  readonly logReceipts: boolean;
  readonly check: boolean;
  readonly transport: TransportChoice;
  readonly machine: Pick<
    ClientOptions,
    'wishedId' | 'tmaxNs' | 'registerTimeoutNs' | 'original' | 'quietTimeoutNs' | 'validate'
  >;
  /** Told when the server says that it has no place, and why, one line. */
  readonly observeRefusal?: (text: string) => void;
  readonly observeDatagram?: ClientOptions['observeDatagram'];
  readonly observeCorrupted?: ClientOptions['observeCorrupted'];
}

export interface RunningClient {
  readonly local: Peer;
  readonly done: Promise<ClientReport>;
  /** What this process spent from its registration to the announced end; null before that. */
  usage(): StreamUsage | null;
  /** Leaves early: unregisters, then `done` follows. */
  interrupt(): void;
}

const NONCE_BYTES = 18;

const CHECKS: Checks<ClientRun> = {
  server: check.peer,
  clock: check.clock,
  log: check.log,
  logReceipts: check.flag,
  check: check.flag,
  transport: check.transport,
  machine: check.shape({
    wishedId: CLIENT_CHECKS.wishedId,
    tmaxNs: CLIENT_CHECKS.tmaxNs,
    registerTimeoutNs: CLIENT_CHECKS.registerTimeoutNs,
    original: CLIENT_CHECKS.original,
    quietTimeoutNs: CLIENT_CHECKS.quietTimeoutNs,
    validate: CLIENT_CHECKS.validate,
  } satisfies Checks<ClientRun['machine']>),
  observeDatagram: CLIENT_CHECKS.observeDatagram,
  observeCorrupted: CLIENT_CHECKS.observeCorrupted,
  observeRefusal: check.optional(check.callback),
};

/** @throws UsageError for what makes no sense, EnvironmentError when no port can be opened */
export async function startClient(run: ClientRun): Promise<RunningClient> {
  check.shape(CHECKS)(run, 'startClient');
  const { clock, log, server } = run;
  const transport = await openTransport(run.transport, clock);
  const port = await transport.open({ host: addressTowards(server.address), port: 0 });
  const local = transport.localPeer(port);
  const meter = new UsageMeter();
  let metrics: StreamMetrics | null = null;
  const tmaxNs = run.machine.tmaxNs ?? DEFAULT_TMAX_NS;
  const { logReceipts, observeDatagram } = run;
  const machine = new ClientEndpoint({
    ...run.machine,
    tmaxNs,
    server,
    check: run.check,
    nonce: randomBytes(NONCE_BYTES).toString('base64url'),
    record: (firstCount) => {
      metrics = new StreamMetrics({ firstCount, verifiesCheck: run.check });
      return metrics;
    },
    observe: (event, nowNs) => {
      if (event.kind === 'registered') meter.begin(nowNs);
      if (event.kind === 'end announced') meter.end(nowNs);
      if (event.kind === 'refused') run.observeRefusal?.(describeRefusal(event.reason));
      log.line(nowNs, describe(event));
    },
    ...((logReceipts || observeDatagram !== undefined) && {
      observeDatagram: (count, batch, row) => {
        if (logReceipts)
          log.line(batch.timesNs[row] as number, `received ${count}, ${batch.lengths[row]} bytes`);
        observeDatagram?.(count, batch, row);
      },
    }),
    ...(run.observeCorrupted !== undefined && { observeCorrupted: run.observeCorrupted }),
  });
  const driver = new Driver(machine, transport, clock);
  log.line(
    clock.nowNs(),
    `registering with ${formatHostPort(server.address, server.port)} from ${formatHostPort(local.address, local.port)}`,
  );
  driver.start();
  return {
    local,
    done: runToEnd(driver, transport, () =>
      clientReport(machine, metrics, { check: run.check, tmaxNs, local, ...networkFigures(transport, port) }),
    ),
    usage: () => meter.usage,
    interrupt: () => driver.act((nowNs) => machine.interrupt(nowNs)),
  };
}

function describe(event: ClientEvent): string {
  switch (event.kind) {
    case 'registered':
      return `registered as client ${event.client}, first message ${event.nextCount}`;
    case 'refused':
      return `refused: ${describeRefusal(event.reason)}; it is asked again`;
    case 'end announced':
      return event.count === null ? 'end announced' : `end announced: last message ${event.count}`;
    case 'finished':
      return `finished: ${event.reason}`;
    default:
      return event satisfies never;
  }
}
