import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Log } from '../../src/files/logFile.ts';
import { BoundedNotices, andLeftOut } from '../../src/service/boundedNotices.ts';
import { describeRefusal } from '../../src/service/refusal.ts';
import { ServerLog } from '../../src/service/serverLog.ts';
import { ServerEndpoint } from '../../src/stream/serverEndpoint.ts';
import type { ServerOptions } from '../../src/stream/serverEndpoint.ts';
import { Catcher, batchOf } from '../stream/batches.ts';
import { SECOND, SECRET, matchSource } from '../stream/stage.ts';

const notices = suite('notices that are bounded');

notices('come as often as they may at once, then one a period, and each says what was left out', () => {
  const bounded = new BoundedNotices({ burst: 3, periodNs: 10 });
  const at = (nowNs: number): number | null => bounded.admit('a', nowNs);
  assert.equal([0, 1, 2, 3, 4].map(at), [0, 0, 0, null, null]);
  assert.is(bounded.admit('b', 4), 0, 'another kind has its own');
  assert.equal([9, 10, 11, 20, 21].map(at), [null, 3, null, 1, null]);
  assert.equal(bounded.takeLeftOut(), [['a', 1]]);
  assert.equal(bounded.takeLeftOut(), []);
  // After a long quiet there are as many as at first, and no more.
  assert.equal([1000, 1000, 1000, 1000].map(at), [0, 0, 0, null]);
});

notices('say in words what was left out', () => {
  assert.is(andLeftOut(0), '');
  assert.is(andLeftOut(7), ' (and 7 more like it before, not listed)');
});

notices.run();

class Lines implements Log {
  readonly complaint = null;
  readonly lines: string[] = [];

  line(atNs: number, text: string): void {
    this.lines.push(`${atNs / SECOND} ${text}`);
  }

  async close(): Promise<void> {}
}

function served(more: Partial<ServerOptions> = {}) {
  const log = new Lines();
  const told: string[] = [];
  const serverLog = new ServerLog(log, (text) => told.push(text));
  const machine = new ServerEndpoint({
    source: matchSource(),
    secret: SECRET,
    waitFor: 99_999,
    observe: (event, nowNs) => serverLog.handle(event, nowNs),
    ...more,
  });
  const say = (nowNs: number, address: string, port: number, text: string): void => {
    machine.handleDatagrams(nowNs, 0, batchOf([text], { address, port }), 0, 1);
    machine.drain(new Catcher());
  };
  return { log, told, serverLog, say };
}

const serverLogs = suite('a server’s log');

serverLogs(
  'has a line for the first of 20,000 refused requests, not one for each, and how many they were',
  () => {
    const { log, told, serverLog, say } = served();
    for (let k = 0; k < 20_000; k += 1) say(0, `192.0.2.${k % 250}`, 1024 + k, 'register');
    assert.is(log.lines.length, 10);
    assert.is(
      log.lines[0],
      '0 refused 192.0.2.0:1024: an original client from another machine needs --allow-unverified',
    );
    say(100 * SECOND, '192.0.2.1', 1, 'register');
    assert.match(
      log.lines[10] as string,
      'needs --allow-unverified (and 19990 more like it before, not listed)',
    );
    for (let k = 0; k < 50; k += 1) say(100 * SECOND, '192.0.2.1', 1, 'register');
    serverLog.finish(101 * SECOND);
    assert.is(
      log.lines.at(-1),
      '101 refused 41 more, not listed: an original client from another machine needs --allow-unverified',
    );
    assert.equal(told, [
      'refused 192.0.2.0:1024: an original client from another machine needs --allow-unverified',
    ]);
  },
);

serverLogs('keeps the reasons apart: one that floods hides no other', () => {
  const { log, told, say } = served({ maxClients: 4, maxClientsPerAddress: 4 });
  for (let k = 0; k < 1000; k += 1) say(0, '192.0.2.1', 1024 + k, 'register');
  for (let k = 0; k < 3; k += 1) say(0, '127.0.0.1', 1024 + k, 'register');
  assert.match(log.lines.at(-1) as string, 'half of --max-clients');
  assert.is(told.length, 2);
});

serverLogs('is bounded for those who come and go, too', () => {
  const { log, serverLog, say } = served({ allowUnverified: true });
  for (let k = 0; k < 20_000; k += 1) {
    say(0, '192.0.2.1', 1024 + k, 'register');
    say(0, '192.0.2.1', 1024 + k, 'unregister');
  }
  assert.is(log.lines.length, 20_000, 'of 40,000');
  serverLog.finish(SECOND);
  assert.equal(log.lines.slice(20_000), [
    '1 registered: 10000 more clients, not listed',
    '1 unregistered: 10000 more clients, not listed',
  ]);
});

serverLogs.run();

const refusals = suite('why there is no place');

refusals('is said in words, also for a word that is not known yet', () => {
  assert.is(describeRefusal('full'), 'the server is full (its --max-clients)');
  assert.match(describeRefusal('address'), '--max-clients-per-address');
  assert.is(describeRefusal('toString'), 'the server refuses: toString');
  assert.is(describeRefusal('tired'), 'the server refuses: tired');
});

refusals.run();
