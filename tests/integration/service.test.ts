import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/base/errors.ts';
import { refusalIn } from '../refusals.ts';
import { encodeRegister } from '../../src/protocol/control.ts';
import { missingIpv6 } from '../net/ipv6.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import { MS, PATIENCE_MS, Plain, matchSource, serve, until, watch, within } from './loopback.ts';

const LIMIT_MS = PATIENCE_MS;
const noIpv6 = await missingIpv6();

const together = suite('a server and three clients on real sockets');

for (const transport of ['node', 'auto'] as TransportChoice[]) {
  together(`everybody gets everything (${transport})`, async () => {
    const { server, log } = await serve({ transport, waitFor: 3 });
    const watching = await Promise.all(
      [5, 6, 7].map((wishedId) => watch(server.local, { transport, wishedId })),
    );
    const reports = await within(LIMIT_MS, 'clients', Promise.all(watching.map(({ client }) => client.done)));
    const report = await within(LIMIT_MS, 'server', server.done);
    for (const [k, { client, reason, lastCount, statistics, foreign }] of reports.entries()) {
      assert.equal(
        { client, reason, lastCount, foreign },
        { client: 5 + k, reason: 'end of stream', lastCount: 100, foreign: 0 },
      );
      const { sent, received, lost, duplicates, malformed } = statistics;
      assert.equal(
        { sent, received, lost, duplicates, malformed },
        { sent: 100, received: 100, lost: 0, duplicates: 0, malformed: 0 },
      );
    }
    assert.is(report.lastCount, 100);
    assert.equal(report.counters, { malformed: 0, refusedRequests: 0 });
    for (const { sent, refused, leftBecause } of report.clients) {
      assert.equal({ sent, refused, leftBecause }, { sent: 100, refused: 0, leftBecause: 'unregistered' });
    }
    assert.is(log.lines.filter((line) => line.startsWith('registered client')).length, 3);
    assert.ok(log.lines.includes('stream started for 3 clients'));
    assert.ok(log.lines.includes('stream ended at message 100'));
    assert.ok(watching[0]?.log.lines.includes('end announced: last message 100'));
  });
}

together('the stream takes as long as planned, and says how late it was', async () => {
  const { server } = await serve({ pacing: 'hybrid' });
  const { client } = await watch(server.local);
  const { statistics } = await within(LIMIT_MS, 'client', client.done);
  const report = await within(LIMIT_MS, 'server', server.done);
  const tookMs = ((report.lastSendNs as number) - (report.startNs as number)) / MS;
  // 99 intervals of 2 ms; never early, and late by what this machine is busy with.
  assert.ok(tookMs >= 198 && tookMs < 20_000, `${tookMs} ms`);
  assert.ok(
    (report.lateness.p50Us as number) <= tookMs * 1000,
    `${report.lateness.p50Us} us of ${tookMs} ms`,
  );
  assert.is(statistics.lost, 0);
});

together('interrupted, a client learns what it was sent and the others go on', async () => {
  const { server } = await serve({ source: matchSource({ matches: 0 }), waitFor: 2 });
  const stays = await watch(server.local);
  const seen: number[] = [];
  const leaves = await watch(server.local, { observeDatagram: (count) => seen.push(count) });
  await until(LIMIT_MS, 'twenty datagrams', () => seen.length >= 20);
  leaves.client.interrupt();
  const report = await within(LIMIT_MS, 'the one that leaves', leaves.client.done);
  assert.is(report.reason, 'interrupted');
  assert.ok((report.lastCount as number) >= 20);
  assert.is(report.statistics.lost, 0);
  server.stop();
  const stayed = await within(LIMIT_MS, 'the one that stays', stays.client.done);
  assert.is(stayed.reason, 'end of stream');
  assert.is(stayed.statistics.lost, 0);
  assert.ok((stayed.lastCount as number) >= (report.lastCount as number));
  await within(LIMIT_MS, 'server', server.done);
});

together('with a check, every datagram carries one', async () => {
  const { server } = await serve({ source: matchSource({ check: true }) });
  const { client } = await watch(server.local, { check: true });
  const { statistics } = await within(LIMIT_MS, 'client', client.done);
  await within(LIMIT_MS, 'server', server.done);
  assert.equal([statistics.received, statistics.corrupted], [100, 0]);
});

const overIpv6 = async (): Promise<void> => {
  const served = await serve({ host: '::1' });
  const { client, log } = await watch(served.server.local);
  const { statistics } = await within(LIMIT_MS, 'client', client.done);
  await within(LIMIT_MS, 'server', served.server.done);
  assert.is(statistics.received, 100);
  // In brackets, or nobody could tell where the address ends and the port begins.
  const [from, to] = [client.local, served.server.local].map(({ port }) => `[::1]:${port}`);
  assert.ok(log.lines.includes(`registering with ${to} from ${from}`), log.lines.join('\n'));
  assert.ok(served.log.lines.includes(`listening on ${to}, 100 messages to stream`));
  assert.ok(served.log.lines.some((line) => line.includes(` at ${from} from message 1`)));
};
if (noIpv6 === null) together('over IPv6, too', overIpv6);
else together.skip(`over IPv6, too (${noIpv6})`);

together('logs every send and receipt when it is told to', async () => {
  const { server, log } = await serve({
    logSends: true,
    source: matchSource({ messages: 3, intervalNs: 0 }),
  });
  const watching = await watch(server.local, { logReceipts: true });
  await within(LIMIT_MS, 'client', watching.client.done);
  await within(LIMIT_MS, 'server', server.done);
  assert.ok(log.lines.includes('sent 1..3 to client 1'), log.lines.join('\n'));
  for (const count of [1, 2, 3]) {
    assert.is(watching.log.lines.filter((line) => line.startsWith(`received ${count}, `)).length, 1);
  }
});

together.run();

const failing = suite('what cannot be');

failing('a port in use is named, with what to do', async () => {
  const { server } = await serve({ waitFor: 1 });
  const { port } = server.local;
  const cause = await serve({ port }).then(
    () => null,
    (error: unknown) => error,
  );
  assert.is(refusalIn(cause), 'port-taken');
  assert.match((cause as Error).message, `127.0.0.1:${port}`);
  server.stop();
  await within(LIMIT_MS, 'server', server.done);
});

failing('options that the server refuses leave no port open behind them', async () => {
  const plain = await Plain.open();
  const { port } = plain.local;
  await plain.close();
  const cause = await serve({ port, keepAliveNs: 1 }).then(
    () => null,
    (error: unknown) => error,
  );
  assert.instance(cause, UsageError);
  const { server } = await serve({ port });
  server.stop();
  await within(LIMIT_MS, 'server', server.done);
});

failing('a server that is full says so, to the client and in its log', async () => {
  const refusals: string[] = [];
  const { server, log } = await serve({
    waitFor: 9,
    maxClients: 1,
    observeRefusal: (text) => refusals.push(text),
  });
  const { client: first } = await watch(server.local);
  await until(5000, 'the first client', () => log.lines.some((line) => line.includes('registered client 1')));
  const told: string[] = [];
  const second = await watch(server.local, {
    registerTimeoutNs: 600 * MS,
    observeRefusal: (text) => told.push(text),
  });
  const report = await within(LIMIT_MS, 'the second client', second.client.done);
  assert.equal([report.reason, report.refusal, report.client], ['no place', 'full', null]);
  assert.equal(told, ['the server is full (its --max-clients)']);
  assert.ok(second.log.lines.some((line) => line.includes('the server is full')));
  assert.is(refusals.length, 1);
  assert.match(refusals[0] as string, 'the server is full (--max-clients)');
  first.interrupt();
  await within(LIMIT_MS, 'the first client', first.done);
  server.stop();
  await within(LIMIT_MS, 'server', server.done);
});

failing('a server that is not there is no answer, in the time it was given', async () => {
  const plain = await Plain.open();
  const { client } = await watch(plain.local, { registerTimeoutNs: 1000 * MS });
  const report = await within(LIMIT_MS, 'client', client.done);
  assert.equal(
    [report.reason, report.client, report.nextCount, report.lastCount],
    ['no answer', null, null, null],
  );
  assert.equal([report.statistics.received, report.statistics.lost], [0, null]);
  assert.ok(plain.heard.length >= 2, 'it asked more than once');
  await plain.close();
});

failing('a server that falls silent ends its client, with statistics', async () => {
  // A server of a few lines: it registers whoever asks, sends three datagrams, and is heard of no more.
  const plain = await Plain.open();
  plain.socket.on('message', (bytes, from) => {
    const { register } = JSON.parse(bytes.toString());
    if (register === undefined) return;
    const { nonce, token } = register;
    const registered = {
      nonce,
      client: 1,
      nextCount: 1,
      timing: { intervalUs: 1000, speed: 1 },
      epochUs: 0,
      keepAliveMs: 20,
    };
    const answer = token === undefined ? { challenge: { token: 't' } } : { registered };
    void plain.send(from, JSON.stringify(answer));
    if (token === undefined) return;
    for (const count of [1, 2, 4]) void plain.send(from, `{"message":{"count":${count},"score":""}}`);
  });
  const { client } = await watch(plain.local);
  const report = await within(LIMIT_MS, 'client', client.done);
  assert.is(report.reason, 'server silent');
  assert.equal([report.statistics.unique, report.statistics.lost, report.statistics.sent], [3, 1, null]);
  await plain.close();
});

failing('a killed client is expired, gets no more, and the server ends without waiting for it', async () => {
  // Without an end of its own: a process that is held up makes up for its datagrams, but not for the sweeps it missed.
  const { server, log } = await serve({
    source: matchSource({ matches: 0 }),
    keepAliveNs: 20 * MS,
  });
  // It registers and is heard of no more.
  const plain = await Plain.open();
  plain.socket.once('message', (bytes) => {
    const { token } = JSON.parse(bytes.toString()).challenge;
    void plain.send(server.local, encodeRegister({ nonce: 'n', token, client: null }));
  });
  await plain.send(server.local, encodeRegister({ nonce: 'n', token: null, client: null }));
  const left = (): string | undefined => log.lines.find((line) => line.startsWith('client 1 left: expired'));
  await until(LIMIT_MS, 'its expiry', () => left() !== undefined);
  const heard = Number(/(\d+) messages sent$/.exec(left() as string)?.[1]);
  // Some of the stream passes by.
  await new Promise((resolve) => setTimeout(resolve, 50));
  server.stop();
  const report = await within(LIMIT_MS, 'server', server.done);
  const [member] = report.clients;
  assert.is(member?.leftBecause, 'expired');
  assert.ok(heard > 0 && (report.lastCount as number) > heard, `${heard} of ${report.lastCount}`);
  assert.is(member?.sent, heard);
  await plain.close();
});

failing.run();
