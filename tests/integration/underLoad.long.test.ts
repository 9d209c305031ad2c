/** What a receiver, or a disk, does to a server at full rate: nothing stalls, and whatever is missing was dropped by the kernel. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ledgerRow } from '../../harness/judge/accounting.ts';
import { startTask } from '../../harness/session/startTask.ts';
import type { Running, Task } from '../../harness/session/tasks.ts';
import { LogFile } from '../../src/files/logFile.ts';
import type { ClientReport, ServedClient } from '../../src/service/reports.ts';
import { BankSource } from '../../src/stream/bankSource.ts';
import type { Peer } from '../../src/net/batch.ts';
import { monotonicUs } from '../../src/net/clock.ts';
import { MS, serve, until, watch, within } from './loopback.ts';
import { inFolder } from './program.ts';

const test = suite('receivers that die, stop or are slow, under full load');

const LIMIT_MS = 40_000;
const BYTES = 1200;
/** More than can be streamed: a test ends it. */
const MESSAGES = 1e9;

/** Children that a test started; whatever fails, none is left. */
async function inProcesses(use: (tasks: Tasks) => Promise<void>): Promise<void> {
  const tasks = new Tasks();
  try {
    await use(tasks);
  } finally {
    tasks.killAll();
  }
}

class Tasks {
  readonly #started: { kill(): void; processId: number | null }[] = [];
  readonly #common = {
    epochUs: monotonicUs(),
    logPath: null,
    measureStalls: false,
    transport: 'node',
  } as const;

  async server(
    more: Partial<Task<'server'>['run']> = {},
    stream: { readonly messages: number; readonly intervalNs: number } = {
      messages: MESSAGES,
      intervalNs: 0,
    },
  ): Promise<Running<'server'>> {
    return this.#keep(
      await startTask<'server'>('processes', {
        ...this.#common,
        role: 'server',
        source: { kind: 'bank', ...stream, datagramSizeBytes: BYTES },
        run: {
          host: '127.0.0.1',
          port: 0,
          logSends: false,
          pacing: 'hybrid',
          speed: 0,
          waitMostNs: 10e9,
          keepAliveNs: 300e6,
          ...more,
        },
      }),
    );
  }

  async client(server: Peer, wishedId: number): Promise<Running<'client'>> {
    return this.#keep(
      await startTask<'client'>('processes', {
        ...this.#common,
        role: 'client',
        run: {
          server,
          wishedId,
          tmaxNs: 300e6,
          registerTimeoutNs: 10e9,
          check: false,
          logReceipts: false,
        },
        verify: null,
        arrivals: null,
        statsPath: null,
      }),
    );
  }

  killAll(): void {
    for (const task of this.#started) task.kill();
  }

  #keep<Kept extends { kill(): void; processId: number | null; done: Promise<unknown> }>(task: Kept): Kept {
    task.done.catch(() => undefined);
    this.#started.push(task);
    return task;
  }
}

const addressOf = ({ local }: { readonly local: readonly Peer[] }): Peer => local[0] as Peer;
const idOf = ({ processId }: { readonly processId: number | null }): number => processId as number;

/** What nothing accounts for, of what the server sent to a client. */
function unexplained(served: ServedClient | undefined, client: ClientReport): number | null {
  return ledgerRow({
    flow: 1,
    direction: 'down',
    client: 1,
    sent: served?.sent ?? null,
    proxy: null,
    delivered: client.statistics.received,
    kernel: client.kernel,
  }).unexplained;
}

/** A client of this process that counts what it receives. */
async function watchCounting(server: Peer) {
  let received = 0;
  const { client, log } = await watch(server, {
    tmaxNs: 300 * MS,
    registerTimeoutNs: 10e9,
    observeDatagram: () => (received += 1),
  });
  return { client, log, received: () => received };
}

test('a client killed at full rate is replaced by another, and no account stays open', () =>
  inProcesses(async (tasks) => {
    const server = await tasks.server({ waitFor: 2 });
    const killed = await tasks.client(addressOf(server), 1);
    const staying = await watchCounting(addressOf(server));
    await until(LIMIT_MS, 'the stream', () => staying.received() > 1000);
    process.kill(idOf(killed), 'SIGKILL');
    const late = await watchCounting(addressOf(server));
    await until(LIMIT_MS, 'the stream at the new client', () => late.received() > 1000);
    const before = staying.received();
    await until(LIMIT_MS, 'more of it at the old one', () => staying.received() > before + 1000);
    server.stop();
    const clients = [staying, late].map(({ client }) => client);
    const heard = await within(LIMIT_MS, 'the clients', Promise.all(clients.map(({ done }) => done)));
    const { report } = await within(LIMIT_MS, 'the server', server.done);
    for (const one of heard) {
      assert.is(one.lastCount, report.lastCount);
      const served = report.clients.find(({ id }) => id === one.client);
      assert.is(unexplained(served, one), 0);
    }
    assert.is(report.clients.length, 3);
  }));

if (process.platform === 'linux') {
  test('a client that stops for a moment loses what its full buffer cannot take, and nobody else loses by it', () =>
    inProcesses(async (tasks) => {
      const messages = 100_000;
      const paced = { speed: 1, waitFor: 2, keepAliveNs: 5e9 };
      const server = await tasks.server(paced, { messages, intervalNs: 20e3 });
      const stopped = await tasks.client(addressOf(server), 1);
      const other = await watchCounting(addressOf(server));
      await until(LIMIT_MS, 'the stream', () => other.received() > 1000);
      process.kill(idOf(stopped), 'SIGSTOP');
      const before = other.received();
      // Even without what the kernel puts around each, so many are more than a buffer of 32 MiB, doubled, holds.
      await until(LIMIT_MS, 'a buffer full', () => other.received() > before + 60_000);
      process.kill(idOf(stopped), 'SIGCONT');
      const first = (await within(LIMIT_MS, 'the client that stopped', stopped.done)).report;
      const second = await within(LIMIT_MS, 'the other client', other.client.done);
      const { report } = await within(LIMIT_MS, 'the server', server.done);
      const servedTo = (client: ClientReport) => report.clients.find(({ id }) => id === client.client);
      assert.ok((first.kernel.drops ?? 0) > 0, 'its buffer never filled');
      for (const one of [first, second]) {
        assert.is(servedTo(one)?.sent, messages);
        assert.is(unexplained(servedTo(one), one), 0);
        assert.is(one.statistics.lost, one.kernel.drops);
      }
    }));
}

test('a disk that takes no more of the log delays no datagram, and what is not logged is said', () =>
  inFolder(async (folder) => {
    const messages = 3000;
    let taken = 0;
    // It takes one line, and never comes back for the next.
    const stuck = new Writable({ write: () => (taken += 1) });
    const log = new LogFile(join(folder, 'server.log'), { closeLimitMs: 50, open: () => stuck });
    const { server } = await serve({
      source: new BankSource('bank', messages, 100e3, BYTES),
      log,
      logSends: true,
      waitFor: 1,
      pacing: 'hybrid',
    });
    const { client } = await watch(server.local);
    const [heard, report] = await Promise.all([
      within(LIMIT_MS, 'the client', client.done),
      within(LIMIT_MS, 'the server', server.done),
    ]);
    assert.is(heard.statistics.received, messages);
    assert.is(heard.statistics.lost, 0);
    assert.is(report.clients[0]?.sent, messages);
    await until(LIMIT_MS, 'the log to be given a line', () => taken === 1);
    await log.close();
    assert.match(log.complaint ?? '', 'server.log is not whole: the disk does not take it');
    assert.is(readFileSync(log.path, 'utf8'), '');
  }));

test.run();
