/**
 * Records what a test's client and the real server say, and writes it at the end, whole or not at all.
 */
import { EnvironmentError, UsageError } from '../../../src/base/errors.ts';
import { counted, sum } from '../../../src/base/figures.ts';
import { formatHostPort, readHostPort } from '../../../src/base/quantities.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { kindAt } from '../../../src/files/outputs.ts';
import { resolveHost } from '../../../src/service/resolveHost.ts';
import { startProxy } from '../../proxy/startProxy.ts';
import type { ProxyReport } from '../../proxy/startProxy.ts';
import { KeptTap } from '../../recording/tap/keptTap.ts';
import { CALL } from './options.ts';
import type { RecordedSettings } from './options.ts';
import { neverAsked } from './outcome.ts';
import type { Running, Say } from './outcome.ts';

export async function startRecording(name: string, settings: RecordedSettings, say: Say): Promise<Running> {
  const { protocol, listen, transport, path, mode } = settings;
  const given = typeof settings.upstream === 'string' ? settings.upstream : await settings.upstream();
  const upstream = readHostPort(given, `${CALL}: upstream`);
  const tap = new KeptTap(protocol.text);
  const proxy = await startProxy({
    server: { address: await resolveHost(upstream.host, `${CALL}: upstream`), port: upstream.port },
    host: await resolveHost(listen.host, `${CALL}: listen`),
    ports: [listen.port],
    protocol,
    tap,
    transport,
    idleNs: Number.POSITIVE_INFINITY,
    keepsAlive: false,
    notice: say,
  });
  const [local] = proxy.listening as readonly [Peer];
  return {
    local,
    end: async (isDiscarded) => {
      proxy.stop();
      const report = await proxy.done;
      const { requests, answers } = tap;
      if (isDiscarded) return { requests, answers, unused: [] };
      if (requests === 0) throw neverAsked(name, local, 'so nothing was recorded');
      const lost = tap.leftOut + kernelDrops(report);
      if (lost > 0) {
        throw new EnvironmentError(
          'datagrams-lost',
          `${CALL} ${JSON.stringify(name)}: nothing was recorded, for ${counted(lost, 'datagram')} would be missing from it; ` +
            'matchstream proxy --record takes longer and faster conversations',
        );
      }
      // It may be a test of the same name, in this process or another, that was faster.
      if (mode === 'once' && kindAt(path) !== null) {
        throw new UsageError(
          'conflict',
          `${CALL}: ${path}`,
          `expected no file, since ${JSON.stringify(name)} is to make it, got one that another test made meanwhile; choose another name or folder`,
        );
      }
      await tap.write(path, `"name":${JSON.stringify(name)}`);
      if (answers === 0) say(`the server ${formatHostPort(upstream.host, upstream.port)} answered nothing`);
      return { requests, answers, unused: [] };
    },
  };
}

/** Datagrams that the kernel is known to have dropped before the proxy could read them. */
const kernelDrops = ({ ports, flows, earlier }: ProxyReport): number =>
  sum(
    [...ports.map(({ kernel }) => kernel), ...flows.map(({ kernelDown }) => kernelDown)].map(
      ({ drops }) => drops ?? 0,
    ),
  ) + (earlier.kernelDropsDown ?? 0);
