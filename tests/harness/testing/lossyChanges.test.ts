/** A lossy proxy whose conditions a test changes: knobs, pauses, outages, a new port; and what is said of it afterwards. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readJournal } from '../../../harness/proxy/changes/readJournal.ts';
import { isWrong } from '../../../harness/report/model/verdict.ts';
import { expectLedger, lossyProxy } from '../../../harness/testing/index.ts';
import type { LossyProxy, LossyProxyOptions } from '../../../harness/testing/index.ts';
import { PATIENCE_MS, until } from '../../integration/loopback.ts';
import { assertRefusal } from '../../refusals.ts';
import { temporaryFolder } from '../recording/tiny.ts';

const test = suite('a lossy proxy that a test changes');
const folder = temporaryFolder();

interface Bench {
  readonly proxy: LossyProxy;
  /** Ports that the server has seen. */
  readonly ports: Set<number>;
  /** Sends so many, one by one, each when the one before has come to the proxy; returns the numbers that were answered. */
  ask(count: number): Promise<number[]>;
}

async function behind(options: Omit<LossyProxyOptions, 'upstream'>, work: (bench: Bench) => Promise<void>) {
  const ports = new Set<number>();
  const server = createSocket('udp4');
  server.on('message', (payload, { port, address }) => {
    ports.add(port);
    server.send(payload, port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  const proxy = await lossyProxy({ upstream: `127.0.0.1:${server.address().port}`, seed: '7', ...options });
  const client: Socket = createSocket('udp4');
  let got: number[] = [];
  client.on('message', (payload) => got.push(payload.readUInt32BE(0)));
  let sent = 0;
  const total = (): { up: number; upGone: number; down: number; gone: number } => {
    const [flow] = proxy.flows;
    if (flow === undefined) return { up: 0, upGone: 0, down: 0, gone: 0 };
    const lost = ({ droppedByCause }: typeof flow.down): number =>
      droppedByCause.reduce((sum, n) => sum + n, 0);
    return { up: flow.up.arrived, upGone: lost(flow.up), down: flow.down.arrived, gone: lost(flow.down) };
  };
  const ask = async (count: number): Promise<number[]> => {
    got = [];
    const before = total();
    for (let k = 1; k <= count; k += 1) {
      const payload = Buffer.alloc(8);
      sent += 1;
      payload.writeUInt32BE(sent);
      client.send(payload, proxy.port, proxy.host);
      await until(PATIENCE_MS, 'the next one at the proxy', () => {
        const { up, upGone, down } = total();
        return up === before.up + k && up - upGone === down;
      });
    }
    await until(PATIENCE_MS, 'their answers', () => {
      const { down, gone } = total();
      return got.length >= down - before.down - (gone - before.gone);
    });
    return got;
  };
  try {
    await work({ proxy, ports, ask });
  } finally {
    await proxy.close();
    client.close();
    server.close();
  }
}

for (const transport of ['auto', 'node'] as const) {
  test(`knobs that are set hold for the next datagram, others stay, null takes one away: ${transport}`, async () => {
    await behind({ dropList: '2', mtu: '100', transport }, async ({ proxy, ask }) => {
      assert.equal(await ask(3), [1, 3]);
      await proxy.set({ dropList: '5' });
      assert.equal(await ask(3), [4, 6]);
      await proxy.set({ dropList: null, up: { dropList: '7' } });
      assert.equal(await ask(3), [8, 9]);
      assert.equal(
        proxy
          .fates()
          .flatMap(({ direction, index, drop }) => (drop === null ? [] : [`${direction} ${index} ${drop}`])),
        // Down, what number 7 was is the answer to number 8.
        ['down 2 list', 'down 5 list', 'up 7 list'],
      );
      expectLedger(proxy).toBalance();
      const [header, ...changes] = proxy.journal.map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.equal(header?.['down'], { dropList: '2', mtu: '100' });
      assert.equal(
        changes.map(({ down, up }) => ({ down, up })),
        [
          { down: { dropList: '5', mtu: '100' }, up: undefined },
          { down: { mtu: '100' }, up: { dropList: '7' } },
        ],
      );
    });
  });
}

test('a pause and an outage lose everything, both ways, and then it is as before', async () => {
  await behind({ dropList: '1' }, async ({ proxy, ask }) => {
    assert.equal(await ask(2), [2]);
    await proxy.pause();
    await proxy.pause();
    assert.equal(await ask(3), []);
    const outage = proxy.outage(1);
    await outage;
    assert.equal(await ask(1), [], 'the pause goes on');
    await proxy.resume();
    assert.equal(await ask(2), [7, 8]);
    const long = proxy.outage(1e9);
    assert.equal(await ask(2), []);
    await proxy.set({ drop: '100%' });
    assert.equal(await ask(1), [], 'it holds behind the outage');
    await proxy.close();
    await long;
    assert.equal(
      proxy
        .ledger()
        .map(({ direction, sent, dropped, unexplained }) => [direction, sent, dropped, unexplained]),
      [
        ['down', 4, 1, 0],
        ['up', 11, 7, 0],
      ],
    );
  });
});

test('what is taken away takes with it what needs it', async () => {
  await behind({ rate: '1gbit', queue: '5', drop: '1%' }, async ({ proxy }) => {
    await proxy.set({ rate: null });
    assert.equal((JSON.parse(proxy.journal[1] as string) as { down: object }).down, { drop: '1%' });
  });
});

test('the server sees a new port after rebind', async () => {
  await behind({}, async ({ proxy, ports, ask }) => {
    await ask(1);
    assert.is(await proxy.rebind(), 1);
    assert.equal(await ask(1), [2]);
    assert.is(ports.size, 2);
    assert.match(proxy.journal.at(-1) as string, /"action":"rebind","flow":1/);
  });
});

test('a wrong key and a wrong value are refused, and nothing changes', async () => {
  await behind({ drop: '0%' }, async ({ proxy }) => {
    await assertRefusal(() => proxy.set({ dorp: '5%' }), 'unknown-key | LossyProxy.set', 'drop');
    await assertRefusal(() => proxy.set({ up: { dorp: '5%' } }), 'unknown-key | LossyProxy.set: up', 'drop');
    await assertRefusal(() => proxy.set({ drop: 'much' }), 'value-format | LossyProxy.set: drop');
    await assertRefusal(() => proxy.set({ queue: '5' }), 'missing | LossyProxy.set: queue');
    await assertRefusal(() => proxy.outage(-1), 'value-format | LossyProxy.outage');
    assert.is(proxy.journal.length, 1);
    await proxy.close();
    await assertRefusal(() => proxy.pause(), 'conflict | LossyProxy.pause');
    await assertRefusal(() => proxy.outage(5), 'conflict | LossyProxy.outage');
    await assertRefusal(() => proxy.set({ drop: '5%' }), 'conflict | LossyProxy.set');
    await assertRefusal(() => proxy.rebind(), 'conflict | LossyProxy.rebind');
    await proxy.resume();
  });
});

test('a pause that the end overtakes is not taken back, and that is said', async () => {
  await behind({}, async ({ proxy }) => {
    await proxy.pause();
    await proxy.close();
    await assertRefusal(() => proxy.resume(), 'conflict | LossyProxy.resume');
  });
});

test('where a scenario file has phases nothing is changed by hand, and the phases go on', async () => {
  const scenario = join(folder, 'phases.json');
  writeFileSync(scenario, JSON.stringify({ phases: [{ at: '0s' }, { at: '1ms', up: { drop: '100%' } }] }));
  await behind({ scenario }, async ({ proxy, ask }) => {
    assert.equal(await ask(1), [1]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const [call, work] of [
      ['set', () => proxy.set({ down: { drop: '5%' } })],
      ['outage', () => proxy.outage(1)],
      ['pause', () => proxy.pause()],
    ] as const)
      await assertRefusal(work, `conflict | LossyProxy.${call}`, 'got a scenario with phases');
    await proxy.resume();
    assert.is(await proxy.rebind(), 1, 'that changes no conditions');
    assert.equal(await ask(3), []);
  });
});

test('its report has the journal, and the command names it', async () => {
  await behind({ dropList: '1' }, async ({ proxy, ask }) => {
    assert.match(proxy.showAgain().join(), /--drop-list 1/);
    await ask(3);
    await proxy.set({ dropList: '4' });
    await ask(3);
    assert.match(proxy.showAgain().join(), /--timeline FILE/);
    const path = join(folder, 'report');
    const { journal } = proxy;
    const { verdict } = await proxy.report(path);
    assert.is(isWrong(verdict), false);
    const written = readFileSync(join(path, 'epochs.jsonl'), 'utf8');
    assert.is(written, journal.map((line) => `${line}\n`).join(''));
    assert.is(readJournal(written, 'epochs.jsonl').changes, 1);
    assert.ok(proxy.showAgain()[0]?.includes(`--timeline ${join(path, 'epochs.jsonl')}`));
    const fates = readFileSync(join(path, 'fates/fates-1-down.jsonl'), 'utf8').trimEnd().split('\n');
    assert.equal(
      fates.map((line) => (JSON.parse(line) as { drop: string | null }).drop),
      ['list', null, null, 'list', null, null],
    );
  });
});

test.run();
