/**
 * The workload `pages`: what open live pages cost a proxy while it forwards. The highest rate with less than 1 % lost, flat out,
 * with the control API and without a page, and with fifty, some of which do not read what they are told.
 */
import { get } from 'node:http';
import type { ClientRequest } from 'node:http';
import { EnvironmentError } from '../../src/base/errors.ts';
import { version } from '../../src/base/version.ts';
import type { Child } from './peerProcess.ts';
import { measureHighest } from './proxyWorkload.ts';
import { startProxyProgram } from './proxyProgram.ts';
import { DATAGRAM_BYTES, OURS } from './sample.ts';
import type { Contender, Workload } from './sample.ts';
import type { Bench } from './workloads.ts';

const PAGES = 50;
/** Every so many pages there is one that does not read. */
const DEAF_EVERY = 5;
const PATIENCE_MS = 10_000;
const OPTIONS =
  '--protocol any --direction up --reorder 5% --reorder-distance 1..3 --seed peers --control 127.0.0.1:0'.split(
    ' ',
  );
const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/;

export function pagesWorkload(bench: Bench): Workload | string {
  const { tools, transport } = bench;
  if (tools === null) return 'the workload pages needs a C compiler';
  const contend = (name: string, count: number): Contender => ({
    peer: name,
    version: version(),
    measure: () =>
      measureHighest(bench, tools.load, async (sinkPort) => {
        const { port, child } = await startProxyProgram(bench, sinkPort, OPTIONS);
        const pages = await openPages(await addressOf(child), count);
        return {
          port,
          // Everything is passed on, some of it later.
          expect: (sent) => sent,
          note: () => undefined,
          stop: async () => {
            const faults = pages.faults();
            pages.close();
            await child.stop('SIGKILL');
            return faults;
          },
        };
      }),
  });
  return {
    name: 'pages',
    datagramBytes: DATAGRAM_BYTES,
    score: 'received rate',
    transport,
    ours: contend(OURS, 0),
    peers: [contend(`${OURS} with ${PAGES} pages`, PAGES)],
  };
}

/** Where the proxy's API is, as it prints it. */
async function addressOf(child: Child): Promise<string> {
  for (;;) {
    const [address] = ADDRESS.exec(child.stdout) ?? [];
    if (address !== undefined) return address;
    await child.line();
  }
}

interface Pages {
  /** Pages that were told nothing. */
  readonly faults: () => readonly string[];
  readonly close: () => void;
}

const isDeaf = (page: number): boolean => page % DEAF_EVERY === 0;

/** Opens pages, and waits until each has its first news, but for those that do not read. */
async function openPages(address: string, count: number): Promise<Pages> {
  const told = Array.from({ length: count }, () => 0);
  const open = (page: number): Promise<ClientRequest> =>
    new Promise((resolve, reject) => {
      const request = get(`${address}/events`, { agent: false, timeout: PATIENCE_MS }, (response) => {
        response.on('error', () => undefined);
        if (response.statusCode !== 200)
          return reject(new EnvironmentError('bench-failed', `a page was answered ${response.statusCode}`));
        if (isDeaf(page)) return resolve(request);
        response.on('data', () => {
          told[page] = (told[page] ?? 0) + 1;
          resolve(request);
        });
      });
      request.on('error', reject);
    });
  const requests = await Promise.all(Array.from({ length: count }, (_, page) => open(page)));
  return {
    faults: () => {
      const silent = told.filter((times, page) => !isDeaf(page) && times < 2).length;
      return silent === 0 ? [] : [`${silent} pages were told nothing while it forwarded`];
    },
    close: () => {
      for (const request of requests) request.destroy();
    },
  };
}
