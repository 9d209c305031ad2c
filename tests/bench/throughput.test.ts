import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildBenchCommand } from '../../harness/cli/benchCommand.ts';
import { messagesFor, throughputRow } from '../../bench/throughput/throughputFigures.ts';
import type { ClientFigures, PointFigures } from '../../bench/throughput/throughputFigures.ts';
import { pointName, pointWarnings } from '../../bench/throughput/throughputWarnings.ts';
import { MIN_DATAGRAM_BYTES } from '../../bench/throughput/sweep.ts';
import { ledgerRow } from '../../harness/judge/accounting.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { KernelDrops } from '../../src/net/network.ts';
import { BankSource } from '../../src/stream/bankSource.ts';
import { DatagramBatch } from '../../src/net/batch.ts';

const KERNEL: KernelDrops = { drops: 0, coalesced: false };

/** What differs from a client that all 1001 datagrams were sent to and reached. */
type Changes = Partial<ClientFigures> & { readonly sent?: number | null; readonly kernel?: KernelDrops };

/** It receives straight from the server. */
const clientWith = ({ sent = 1001, kernel = KERNEL, ...changes }: Changes): ClientFigures => ({
  account: ledgerRow({
    flow: 1,
    direction: 'down',
    client: 1,
    sent,
    proxy: null,
    delivered: changes.delivered ?? 1001,
    kernel,
  }),
  refused: 0,
  delivered: 1001,
  lost: 0,
  lastArrivalNs: 6.002e9,
  process: { stream: { cpuSeconds: 0.25, wallSeconds: 1.25 }, maxRssMib: 60 },
  ...changes,
});
const CLIENT = clientWith({});

/** 1001 messages, 1 ms apart, all there, on time. */
const POINT: PointFigures = {
  intervalNs: 1e6,
  datagramBytes: 1200,
  messages: 1001,
  firstDueNs: 5e9,
  lastSendNs: 6e9,
  lateness: { p50Us: 2, p99Us: 140, maxUs: 900 },
  server: { stream: { cpuSeconds: 0.5, wallSeconds: 1 }, maxRssMib: 70.5 },
  clients: [CLIENT],
};

const withClient = (changes: Changes): PointFigures => ({ ...POINT, clients: [clientWith(changes)] });

const figures = suite('the figures of a throughput point');

figures('a point where all arrived at the rate asked for is a match, limited by nothing', () => {
  assert.equal(throughputRow(POINT), {
    interval_us: 1000,
    clients: 1,
    datagram_bytes: 1200,
    duration_s: 1,
    expected_messages: 1001,
    sent: 1001,
    received: 1001,
    lost: 0,
    kernel_drops: 0,
    unexplained: 0,
    expected_pps: 1000,
    sent_pps: 1000,
    received_pps: 1000 / 1.002,
    rate_ratio: 1,
    late_p50_us: 2,
    late_p99_us: 140,
    late_max_us: 900,
    server_cpu_percent: 50,
    client_cpu_percent: 20,
    server_rss_mib: 70.5,
    client_rss_mib: 60,
    limited_by: 'nothing',
    verdict: 'match',
    round: 1,
  });
});

figures('counts are of all clients, rates of one, processors and memory of the one that took most', () => {
  const second: ClientFigures = {
    ...CLIENT,
    lastArrivalNs: 6.25e9,
    process: { stream: { cpuSeconds: 1, wallSeconds: 1.25 }, maxRssMib: 55 },
  };
  const row = throughputRow({ ...POINT, clients: [CLIENT, second] });
  assert.is(row.clients, 2);
  assert.is(row.expected_messages, 2002);
  assert.is(row.sent, 2002);
  assert.is(row.received, 2002);
  assert.is(row.sent_pps, 1000);
  // 1000 intervals in 1.002 s, and in 1.25 s.
  assert.ok(Math.abs((row.received_pps as number) - (998.003_992 + 800) / 2) < 1e-6, `${row.received_pps}`);
  assert.is(row.client_cpu_percent, 80);
  assert.is(row.client_rss_mib, 60);
  assert.is(row.verdict, 'match');
});

figures('a rate 1 % below the one asked for is reached, one 2 % below is not and says who held it up', () => {
  const close = throughputRow({ ...POINT, lastSendNs: 5e9 + 1e9 / 0.991 });
  assert.is(close.verdict, 'match');
  assert.is(close.limited_by, 'nothing');
  const behind = { ...POINT, lastSendNs: 5e9 + 1e9 / 0.98 };
  const late = throughputRow({ ...behind, lateness: { p50Us: 10_000, p99Us: 20_000, maxUs: 20_400 } });
  assert.is(late.verdict, 'within');
  assert.is(late.limited_by, 'sender');
  const lastOne = throughputRow({ ...behind, lateness: { p50Us: 2, p99Us: 140, maxUs: 20_400 } });
  assert.is(lastOne.verdict, 'within');
  assert.is(lastOne.limited_by, 'timer');
});

figures('a rate reached in bursts is limited by the timer', () => {
  const row = throughputRow({ ...POINT, lateness: { p50Us: 1001, p99Us: 1100, maxUs: 1200 } });
  assert.is(row.verdict, 'match');
  assert.is(row.limited_by, 'timer');
});

figures('no more is received a second than was sent, however late the first arrival', () => {
  // 100 ms pass before anything leaves; then 1001 datagrams go out and come in within a second. Over the arrivals alone
  // that would be 1000 a second, beside the 909 that were sent.
  const row = throughputRow({
    ...withClient({ lastArrivalNs: 6.1001e9 }),
    lastSendNs: 6.1e9,
    lateness: { p50Us: 1e5, p99Us: 1e5, maxUs: 1e5 },
  });
  assert.is(Math.round(row.sent_pps as number), 909);
  assert.ok((row.received_pps as number) < (row.sent_pps as number), `${row.received_pps}`);
  assert.ok((row.received_pps as number) > 0.999 * (row.sent_pps as number));
});

figures('nor where the kernel dates the last arrival before its send was over', () => {
  const row = throughputRow(withClient({ lastArrivalNs: 5.999e9 }));
  assert.is(row.sent_pps, 1000);
  assert.is(row.received_pps, 1000);
});

figures('one arrival is no rate, and none is none', () => {
  assert.is(throughputRow(withClient({ delivered: 1, lost: 1000 })).received_pps, null);
  assert.is(throughputRow(withClient({ delivered: 0, lost: 1001, lastArrivalNs: null })).received_pps, null);
});

figures('a stream faster than its deadlines is a mismatch', () => {
  assert.is(throughputRow({ ...POINT, lastSendNs: 5.98e9 }).verdict, 'mismatch');
});

figures('what the kernel counted as dropped is a kernel drop, also behind the rate asked for', () => {
  const dropped = withClient({ delivered: 990, lost: 11, kernel: { drops: 11, coalesced: false } });
  const row = throughputRow(dropped);
  assert.is(row.kernel_drops, 11);
  assert.is(row.unexplained, 0);
  assert.is(row.limited_by, 'kernel buffer');
  assert.is(row.verdict, 'kernel drop');
  const slow = throughputRow({
    ...dropped,
    lastSendNs: 7e9,
    lateness: { p50Us: 1e6, p99Us: 2e6, maxUs: 2e6 },
  });
  assert.is(slow.limited_by, 'sender and kernel buffer');
  assert.is(slow.verdict, 'kernel drop');
});

figures('sends that the kernel refused are drops, too', () => {
  const row = throughputRow(withClient({ sent: 999, refused: 2, delivered: 999, lost: 2 }));
  assert.is(row.kernel_drops, 0);
  assert.is(row.limited_by, 'kernel buffer');
  assert.is(row.verdict, 'kernel drop');
});

figures('a missing datagram that no counter accounts for is a mismatch', () => {
  const row = throughputRow(withClient({ delivered: 1000, lost: 1 }));
  assert.is(row.unexplained, 1);
  assert.is(row.verdict, 'mismatch');
});

figures('a counter that could not be read explains nothing', () => {
  const row = throughputRow(
    withClient({ delivered: 1000, lost: 1, kernel: { drops: null, coalesced: false } }),
  );
  assert.is(row.kernel_drops, null);
  assert.is(row.unexplained, 1);
  assert.is(row.verdict, 'mismatch');
  assert.is(throughputRow(withClient({ kernel: { drops: null, coalesced: false } })).verdict, 'match');
});

figures('one client too many and one too few do not make up for each other', () => {
  const row = throughputRow({
    ...POINT,
    clients: [clientWith({ delivered: 1000, lost: 1 }), clientWith({ delivered: 1002, lost: 0 })],
  });
  assert.is(row.unexplained, 0);
  assert.is(row.verdict, 'mismatch');
});

figures('a client that counts otherwise than server and kernel is a mismatch', () => {
  assert.is(throughputRow(withClient({ lost: 1 })).verdict, 'mismatch');
  assert.is(throughputRow(withClient({ sent: 1000, delivered: 1000 })).verdict, 'mismatch');
});

figures('flat out expects no rate and no punctuality, and is limited by whoever was slower', () => {
  const flat = { ...POINT, intervalNs: 0 };
  const row = throughputRow(flat);
  assert.is(row.interval_us, 0);
  assert.is(row.expected_pps, null);
  assert.is(row.rate_ratio, null);
  assert.is(row.sent_pps, 1000);
  // Nothing is due, so there is nothing to be late.
  assert.is(row.late_p50_us, 'none');
  assert.is(row.late_p99_us, 'none');
  assert.is(row.late_max_us, 'none');
  assert.is(row.limited_by, 'sender');
  assert.is(row.verdict, 'match');
  const dropping = throughputRow({
    ...flat,
    clients: [clientWith({ delivered: 990, lost: 11, kernel: { drops: 11, coalesced: false } })],
  });
  assert.is(dropping.limited_by, 'kernel buffer');
  assert.is(dropping.verdict, 'kernel drop');
});

figures('without the end, or without the server, nothing is judged', () => {
  for (const point of [
    withClient({ lost: null }),
    withClient({ sent: null }),
    { ...POINT, firstDueNs: null, lastSendNs: null },
  ]) {
    const row = throughputRow(point);
    assert.is(row.verdict, 'not measured');
    assert.is(row.limited_by, 'a client that did not see the end');
  }
});

figures('in-process neither processor nor memory is measured', () => {
  const row = throughputRow({ ...POINT, server: null, clients: [{ ...CLIENT, process: null }] });
  assert.is(row.server_cpu_percent, null);
  assert.is(row.client_cpu_percent, null);
  assert.is(row.server_rss_mib, null);
  assert.is(row.client_rss_mib, null);
  assert.is(row.verdict, 'match');
});

figures.run();

const warnings = suite('warnings about a throughput point');

const QUIET = { cores: 2, load: 0.1, clockStepNs: 40, sleepLatenessUs: 90 };

warnings('a point that this machine resolves gets none', () => {
  assert.equal(pointWarnings(throughputRow(POINT), QUIET, 'sleep'), []);
});

warnings('a coarse clock, a sleep longer than the interval, and a moment are named', () => {
  const row = throughputRow(POINT);
  const only = (changes: Partial<typeof row>, machine = QUIET, pacing: 'sleep' | 'hybrid' = 'hybrid') => {
    const given = pointWarnings({ ...row, ...changes }, machine, pacing);
    assert.is(given.length, 1, given.join('; '));
    return given[0] as string;
  };
  assert.match(only({}, { ...QUIET, clockStepNs: 100_001 }), 'less than ten steps of the clock (100001 ns)');
  assert.match(only({}, { ...QUIET, sleepLatenessUs: 1001 }, 'sleep'), 'longer than the interval');
  assert.match(only({ duration_s: 0.049 }), 'it streamed for 49 ms only');
});

warnings('flat out nothing is due, so no interval is too fine', () => {
  const row = { ...throughputRow(POINT), interval_us: 0 };
  assert.equal(pointWarnings(row, { ...QUIET, clockStepNs: 1e9, sleepLatenessUs: 1e6 }, 'sleep'), []);
  assert.is(pointName(row), 'flat out, 1 client');
  assert.is(pointName({ interval_us: 100, clients: 3 }), '100 us, 3 clients');
});

warnings.run();

const messages = suite('the messages of a throughput point');

messages('as many as fill the duration, five at least, and no more than the rate allows', () => {
  assert.is(messagesFor(1e6, 1e9, 250_000), 1000);
  assert.is(messagesFor(10e6, 65e6, 250_000), 7);
  assert.is(messagesFor(100e6, 200e6, 250_000), 5);
  assert.is(messagesFor(1e3, 1e9, 250_000), 250_000);
  assert.is(messagesFor(1e3, 60e6, 250_000), 15_000);
  assert.is(messagesFor(0, 1e9, 250_000), 250_000);
  assert.is(messagesFor(0, 1, 250_000), 5);
});

messages('the smallest size has room for every message of the bank, as late as it may come', () => {
  // Some seconds between messages, 2^31 of them: no run gets there.
  const source = new BankSource('bank', 2 ** 31, 4e9, 0);
  const batch = new DatagramBatch(2000, 2 << 20);
  for (let count = 2 ** 31 - 2000; count < 2 ** 31; count += 1) assert.ok(source.append(batch, count, 0));
  const longest = Math.max(...batch.lengths);
  assert.ok(longest > 600);
  assert.ok(longest <= MIN_DATAGRAM_BYTES, `${longest} bytes`);
});

messages.run();

const command = suite('the options of the bench command');

/** What the command makes of its arguments, without running it. */
function parse(...args: string[]): Record<string, unknown> {
  const bench = buildBenchCommand()
    .exitOverride()
    .action(() => undefined);
  bench.parse(args, { from: 'user' });
  return bench.opts();
}

command('by default seven intervals, one client, 1200 bytes, a second', () => {
  assert.equal(parse(), {
    intervals: [100e6, 10e6, 1e6, 100e3, 10e3, 1e3, 0],
    clients: [1],
    datagramSize: 1200,
    duration: 1e9,
    mode: 'processes',
    pacing: 'hybrid',
    catchUp: 'burst',
    transport: 'auto',
    micro: true,
    quiet: false,
    reporter: ['csv', 'html', 'json', 'junit', 'summary', 'datapackage'],
    runs: 1,
    abortOnFail: false,
  });
});

command('lists are read, and flat is 0', () => {
  const options = parse('--intervals', '1ms, 10us,flat,0', '--clients', '1,3', '--no-micro');
  assert.equal(options['intervals'], [1e6, 10e3, 0, 0]);
  assert.equal(options['clients'], [1, 3]);
  assert.is(options['micro'], false);
});

command('what cannot be measured is refused, with its option named', () => {
  for (const [name, value] of [
    ['--intervals', '1ms,,2ms'],
    ['--intervals', 'soon'],
    ['--clients', '0'],
    ['--clients', '1,'],
    ['--datagram-size', String(MIN_DATAGRAM_BYTES - 1)],
    ['--datagram-size', '65508'],
    ['--duration', '0'],
  ] as const) {
    assert.throws(
      () => parse(name, value),
      (cause: unknown) => cause instanceof UsageError && cause.message.startsWith(`${name}: expected`),
      `${name} ${value}`,
    );
  }
  assert.is(parse('--datagram-size', String(MIN_DATAGRAM_BYTES))['datagramSize'], MIN_DATAGRAM_BYTES);
});

command('help names every default', () => {
  const help = buildBenchCommand().helpInformation().replaceAll(/\s+/g, ' ');
  for (const shown of [
    '(default: 100ms,10ms,1ms,100us,10us,1us,0)',
    '(default: 1)',
    '(default: 1200)',
    '(default: 1s)',
    '(choices: "processes", "in-process", default: "processes")',
    '(choices: "sleep", "hybrid", "busy", default: "hybrid")',
    '(default: a new one in reports/)',
  ]) {
    assert.ok(help.includes(shown), shown);
  }
});

command.run();
