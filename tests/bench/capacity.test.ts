import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildBenchCommand } from '../../harness/cli/benchCommand.ts';
import { searchCapacity } from '../../bench/capacity/capacity.ts';
import { failuresOf, limitedBy, passes } from '../../bench/capacity/capacityFigures.ts';
import type { TrialFigures } from '../../bench/capacity/capacityFigures.ts';
import { intervalNsOf, runTrial } from '../../bench/capacity/trial.ts';
import {
  formatCapacityRow,
  formatLimit,
  formatParts,
  formatTrial,
} from '../../bench/capacity/capacityText.ts';
import { capacityWarnings } from '../../bench/capacity/capacityWarnings.ts';
import { machineWarnings } from '../../bench/machineWarnings.ts';
import { measureFanOut } from '../../bench/clients/fanOut.ts';
import { clientsPerProcess } from '../../bench/sharing.ts';
import { assertRefusal } from '../refusals.ts';

const MACHINE = { cores: 2, load: 0.1, clockStepNs: 40, sleepLatenessUs: 90 };

/** A second at 1000 a second, all well. */
const GOOD: TrialFigures = {
  offeredPps: 1000,
  sentPps: 1000,
  receivedPps: 1000,
  refused: 0,
  lost: 0,
  dropsProxy: 0,
  dropsClient: 0,
  spoiltProxy: 0,
  unexplained: 0,
};

const judged = suite('a capacity trial judged');

judged('it passes without loss at 99 % of the rate, and not at less', () => {
  assert.is(passes(GOOD), true);
  assert.is(passes({ ...GOOD, sentPps: 990 }), true);
  assert.is(passes({ ...GOOD, sentPps: 989 }), false);
  assert.is(passes({ ...GOOD, sentPps: null }), false);
});

judged('one datagram lost, refused, spoilt, unexplained or not known of is enough to fail', () => {
  for (const fault of [
    { lost: 1 },
    { lost: null },
    { refused: 1 },
    { spoiltProxy: 1 },
    { unexplained: 1 },
    { unexplained: null },
  ])
    assert.is(passes({ ...GOOD, ...fault }), false, JSON.stringify(fault));
});

judged('what limits it is told by the counters', () => {
  const cases: readonly (readonly [Partial<TrialFigures>, string])[] = [
    [{}, 'nothing'],
    [{ sentPps: 900 }, 'sender'],
    [{ refused: 3, lost: 3 }, 'sender'],
    [{ lost: 5, dropsClient: 5 }, 'kernel buffer at the client'],
    [{ lost: 5, dropsProxy: 5 }, 'kernel buffer at the proxy'],
    [
      { lost: 5, dropsProxy: 3, dropsClient: 2 },
      'kernel buffer at the proxy and kernel buffer at the client',
    ],
    [{ lost: 5, spoiltProxy: 5 }, 'proxy'],
    [{ lost: 5, dropsClient: null, unexplained: 5 }, 'receiver'],
    [{ lost: null }, 'receiver'],
    [{ sentPps: 900, lost: 5, dropsClient: 5 }, 'sender and kernel buffer at the client'],
  ];
  for (const [change, limit] of cases) assert.is(limitedBy({ ...GOOD, ...change }), limit);
});

judged('a trial says which condition it did not meet, each in its own words', () => {
  const words = (change: Partial<TrialFigures>): string[] =>
    failuresOf({ ...GOOD, ...change }).map((failure) => `${failure.kind}: ${failure.words}`);
  assert.equal(words({}), []);
  assert.equal(words({ sentPps: 989.7 }), ['rate: the server sent 990/s of it (98.9 %)']);
  assert.equal(words({ sentPps: null }), ['rate: the server streamed nothing']);
  assert.equal(words({ refused: 3 }), ['loss: the kernel refused to send 3']);
  assert.equal(words({ spoiltProxy: 2 }), ['loss: the proxy did not pass 2 on as they were']);
  assert.equal(words({ lost: 7, dropsProxy: 3, dropsClient: 4 }), [
    "loss: 7 lost, 3 of them at the proxy's socket and 4 of them at the client's socket",
  ]);
  assert.equal(words({ lost: null }), [
    'count: the client never learned the end, so what it lost is unknown',
  ]);
  assert.equal(words({ unexplained: null }), [
    'count: one end could not be asked, so the counters cannot be compared',
  ]);
  assert.equal(words({ sentPps: 800, lost: 5, unexplained: 5 }), [
    'rate: the server sent 800/s of it (80 %)',
    'loss: 5 lost',
    'count: 5 unexplained',
  ]);
});

judged('a trial that lost nothing and was too slow says so in its line', () => {
  assert.is(
    formatTrial({ ...GOOD, offeredPps: 1_500_000, sentPps: 1_200_000.4, receivedPps: 1_199_000 }),
    'offered 1500000/s, sent 1200000/s, received 1199000/s, lost 0: fails: the server sent 1200000/s of it (80 %)',
  );
  assert.is(formatTrial(GOOD), 'offered 1000/s, sent 1000/s, received 1000/s, lost 0: passes');
  assert.is(
    formatTrial({ ...GOOD, lost: 2, dropsClient: 2 }),
    "offered 1000/s, sent 1000/s, received 1000/s, lost 2: fails: 2 lost, 2 of them at the client's socket",
  );
});

judged('a rate that is offered has an interval of whole nanoseconds', () => {
  assert.is(intervalNsOf(10_000), 100_000);
  assert.is(intervalNsOf(3_000_000), 333);
  assert.is(intervalNsOf(1e12), 1);
});

judged.run();

const search = suite('the search for the capacity');

const PLAN = { path: 'server-client', datagramBytes: 1200, trials: 4, halvings: 8 } as const;

/** A path that loses whatever is above its capacity, and once more where it is told to. */
function path(capacityPps: number, unluckyTrials: readonly number[] = []) {
  const offered: number[] = [];
  const trial = async (pps: number): Promise<TrialFigures> => {
    offered.push(pps);
    const lost = pps > capacityPps || unluckyTrials.includes(offered.length) ? 7 : 0;
    return { ...GOOD, offeredPps: pps, sentPps: pps, receivedPps: pps - lost, lost, dropsClient: lost };
  };
  return { offered, trial };
}

search('it ends within 1 % below the true capacity, above and below the start', async () => {
  for (const truePps of [300, 4321, 1000, 77_777]) {
    const { trial } = path(truePps);
    const { row, faults } = await searchCapacity(PLAN, 1000, trial);
    const found = row.capacity_pps as number;
    assert.ok(found <= truePps && found > 0.99 * truePps, `${found} of ${truePps}`);
    assert.is(row.lossless_ratio, 1);
    assert.is(row.trials, 4);
    assert.is(row.limited_by, 'kernel buffer at the client');
    assert.equal(faults, []);
  }
});

search('one unlucky trial does not end the search', async () => {
  const { trial } = path(8000, [3]);
  const { row } = await searchCapacity({ ...PLAN, trials: 20 }, 1000, trial);
  assert.ok((row.capacity_pps as number) > 7900);
});

search('the trials at the capacity give its share without loss, its median and its extremes', async () => {
  let at = 0;
  const rates = [100, 130, 90, 110, 120];
  const trial = async (pps: number): Promise<TrialFigures> => {
    const figures = { ...GOOD, offeredPps: pps, sentPps: pps };
    if (pps > 1500) return { ...figures, lost: 1, dropsClient: 1 };
    at += 1;
    // The first passing trial belongs to the search.
    const receivedPps = rates[at - 2] ?? 100;
    return receivedPps === 90
      ? { ...figures, receivedPps, lost: 2, dropsClient: 2 }
      : { ...figures, receivedPps };
  };
  const { row } = await searchCapacity({ ...PLAN, trials: 5, halvings: 0 }, 1000, trial);
  assert.equal(row, {
    path: 'server-client',
    datagram_bytes: 1200,
    trials: 5,
    capacity_pps: 1000,
    received_p1_pps: 90,
    received_median_pps: 110,
    received_p99_pps: 130,
    lossless_ratio: 0.8,
    limited_by: 'kernel buffer at the client',
  });
});

search('a path that holds nothing has no capacity, and no figure is made up', async () => {
  const { row, trials, above } = await searchCapacity(PLAN, 1000, path(1).trial);
  assert.is(row.capacity_pps, 'none');
  assert.is(row.trials, 0);
  assert.is(row.lossless_ratio, 'none');
  assert.is(row.received_median_pps, 'none');
  assert.is(row.limited_by, 'kernel buffer at the client');
  assert.equal(trials, []);
  assert.is(above?.offeredPps, 1000 / 64);
  assert.is(
    formatCapacityRow(row, 'node'),
    'server-client, node: no rate held, not even the lowest that was tried; limited by: kernel buffer at the client',
  );
});

search('the conclusion says what the limit was, also where nothing was ever lost', async () => {
  // Whatever is asked for, the server comes to 1200 a second.
  const trial = async (pps: number): Promise<TrialFigures> => {
    const sentPps = Math.min(pps, 1200);
    return { ...GOOD, offeredPps: pps, sentPps, receivedPps: sentPps };
  };
  const { row, trials, above } = await searchCapacity({ ...PLAN, trials: 2, halvings: 0 }, 1000, trial);
  assert.is(
    formatCapacityRow(row, 'node'),
    'server-client, node: 1000/s held in 100 % of 2 trials, received 1000/s (p1 1000/s, p99 1000/s), limited by: sender',
  );
  assert.is(formatLimit(above), 'the limit: 2000/s fails: the server sent 1200/s of it (60 %)');
  assert.is(trials.length, 2);
  const holdsAll = await searchCapacity({ ...PLAN, trials: 1, halvings: 0 }, 9e7, async (pps) => ({
    ...GOOD,
    offeredPps: pps,
    sentPps: pps,
  }));
  assert.is(formatLimit(holdsAll.above), 'no rate that was tried failed');
});

search('a machine on which every trial is too slow has lost nothing, and is told so', async () => {
  const printed: string[] = [];
  const trial = async (pps: number): Promise<TrialFigures> => ({
    ...GOOD,
    offeredPps: pps,
    sentPps: pps / 2,
  });
  const { row, trials, above } = await searchCapacity(
    { ...PLAN, onTrial: (figures) => printed.push(formatTrial(figures)) },
    1000,
    trial,
  );
  assert.is(printed.length, 14);
  for (const line of printed) {
    assert.match(line, ', lost 0: fails: the server sent ');
    assert.match(line, '(50 %)');
  }
  assert.is(formatLimit(above), 'the limit: 16/s fails: the server sent 8/s of it (50 %)');
  const said = [formatCapacityRow(row, 'node'), ...capacityWarnings(row, MACHINE, trials)];
  for (const line of said) {
    assert.match(line, 'no rate held');
    assert.not.match(line, 'loss');
  }
});

search('a trial whose account does not close is named', async () => {
  const trial = async (pps: number): Promise<TrialFigures> => ({
    ...GOOD,
    offeredPps: pps,
    sentPps: pps,
    lost: pps > 1000 ? 3 : 0,
    unexplained: pps > 1000 ? 3 : 0,
  });
  const { faults } = await searchCapacity({ ...PLAN, trials: 1, halvings: 0 }, 1000, trial);
  assert.equal(faults, ['at 2000/s: 3 datagrams unexplained', 'at 2000/s: 3 datagrams unexplained']);
});

search.run();

const warnings = suite('warnings about capacity figures');

const ROW = {
  path: 'server-client',
  datagram_bytes: 1200,
  trials: 20,
  capacity_pps: 100_000,
  received_p1_pps: 99_000,
  received_median_pps: 100_000,
  received_p99_pps: 101_000,
  lossless_ratio: 1,
  limited_by: 'sender',
} as const;

warnings('a quiet machine with fine timers gets none', () => {
  assert.equal(machineWarnings(MACHINE), []);
  assert.equal(capacityWarnings(ROW, MACHINE, []), []);
});

warnings('a busy machine, a coarse timer and a coarse clock are named', () => {
  assert.match(machineWarnings({ ...MACHINE, load: 3 })[0] as string, 'load average was 3.00 on 2 cores');
  assert.match(machineWarnings({ ...MACHINE, sleepLatenessUs: 15_000 })[0] as string, '15000 us late');
  assert.match(
    capacityWarnings(ROW, { ...MACHINE, clockStepNs: 1001 }, [])[0] as string,
    'steps of the clock',
  );
  assert.equal(capacityWarnings(ROW, { ...MACHINE, clockStepNs: 1000 }, []), []);
});

warnings('trials that lost, rates far apart and rates that were never measured are named', () => {
  const slow = { ...GOOD, sentPps: 900 };
  const lossy = { ...GOOD, lost: 3 };
  assert.match(
    capacityWarnings({ ...ROW, lossless_ratio: 0.25 }, MACHINE, [
      GOOD,
      slow,
      lossy,
      { ...slow, lost: 1 },
    ])[0] as string,
    'only 25 % of the trials at 100000/s passed (2 offered less than 99 % of it, 2 lost datagrams)',
  );
  assert.match(
    capacityWarnings({ ...ROW, received_p99_pps: 110_000 }, MACHINE, [])[0] as string,
    '11 % apart',
  );
  assert.match(
    capacityWarnings(
      { ...ROW, received_median_pps: null, received_p1_pps: null, received_p99_pps: null },
      MACHINE,
      [],
    )[0] as string,
    'cannot be measured',
  );
  assert.match(
    capacityWarnings({ ...ROW, capacity_pps: 'none', lossless_ratio: 'none' }, MACHINE, [])[0] as string,
    'no rate held',
  );
});

warnings.run();

const parts = suite('what limited each part of a path');

parts("every limit is some part's, and a part without one was limited by nothing", () => {
  assert.is(
    formatParts({
      path: 'server-proxy-client',
      limited_by: 'sender and kernel buffer at the proxy and proxy and kernel buffer at the client',
    }),
    'server: sender; proxy: kernel buffer at the proxy and proxy; client: kernel buffer at the client',
  );
  assert.is(
    formatParts({ path: 'server-client', limited_by: 'receiver' }),
    'server: nothing; client: receiver',
  );
  assert.is(
    formatParts({ path: 'server-client', limited_by: 'nothing' }),
    'server: nothing; client: nothing',
  );
});

parts.run();

const command = suite('bench --capacity');

command('what it would have to ignore is refused', async () => {
  for (const given of ['--clients=3', '--intervals=1ms', '--no-micro', '--pacing=sleep']) {
    await assertRefusal(
      () => buildBenchCommand().exitOverride().parseAsync(['--capacity', given], { from: 'user' }),
      'conflict | --capacity',
      '--datagram-size, --duration, --mode',
    );
  }
});

command.run();

const sockets = suite('capacity and many clients on real sockets');

sockets('a trial accounts for every datagram, straight and over a proxy that impairs nothing', async () => {
  for (const route of ['server-client', 'server-proxy-client'] as const) {
    const plan = {
      path: route,
      transport: 'node',
      datagramBytes: 1200,
      trialMs: 50,
      mode: 'in-process',
    } as const;
    const trial = await runTrial(plan, 2000);
    assert.is(trial.offeredPps, 2000);
    assert.is(trial.lost, 0);
    assert.is(trial.unexplained, 0);
    assert.is(trial.spoiltProxy, 0);
    assert.is(trial.refused, 0);
    assert.ok((trial.sentPps as number) > 0 && (trial.sentPps as number) <= 2002, `${trial.sentPps}`);
    assert.ok((trial.receivedPps as number) > 0);
  }
});

sockets('forty clients that share two processes all close their accounts', async () => {
  const figures = await measureFanOut({
    mode: 'processes',
    transport: 'node',
    clients: 40,
    clientPps: 100,
    datagramBytes: 1200,
    durationMs: 200,
  });
  assert.equal(figures.faults, []);
  assert.is(figures.clients, 40);
  assert.is(figures.sent, 800);
  assert.is(figures.delivered, 800);
  assert.ok((figures.serverCostUs as number) > 0);
  assert.ok((figures.clientRssMib as number) > 0);
});

sockets('few clients have a process each, many share two', () => {
  assert.is(clientsPerProcess(1), 1);
  assert.is(clientsPerProcess(16), 1);
  assert.is(clientsPerProcess(17), 9);
  assert.is(clientsPerProcess(1000), 500);
});

sockets.run();
