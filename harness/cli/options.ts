/**
 * The options that several commands share: each is declared once, with its reader, its default and its meaning.
 * Differences between commands are arguments.
 */
import type { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { readPositiveDurationNs } from '../../src/base/quantities.ts';
import type { MetricName } from '../../src/metrics/catalogue.ts';
import { MAX_DATAGRAM_BYTES } from '../../src/net/batch.ts';
import { PACINGS } from '../../src/net/driver.ts';
import { CATCH_UPS } from '../../src/net/pacer.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import { DEFAULT_TMAX_NS } from '../../src/stream/clientOptions.ts';
import { readAddressRange } from '../control/access/addressRanges.ts';
import type { Expectation } from '../judge/expectation.ts';
import { REPORTERS } from '../report/reporters.ts';
import type { Reporter } from '../report/reporters.ts';
import { MODES } from '../session/startTask.ts';
import {
  choice,
  flag,
  givenOptions,
  read,
  refuse,
  refuseBeside,
  several,
  text,
  time,
  whole,
} from './declare.ts';

/** The default port of a server. */
export const DEFAULT_PORT = 12_345;

const TRANSPORTS: readonly TransportChoice[] = ['auto', 'node', 'linux'];

/** Maximum number of clients started by one command. */
export const MAX_CLIENTS = 1000;

/** @param of what the seed is for */
export const seed = (of: string) => text('--seed <text>', `seed of ${of}; drawn and printed when not given`);

export const interval = <Fallback extends number | undefined = undefined>(
  meaning: string,
  fallbackNs?: Fallback,
  reader?: (text: string, name: string) => number,
) => time<Fallback>('--interval <time>', meaning, fallbackNs, reader);

export const clients = (meaning: string) => whole('--clients <n>', meaning, 1, MAX_CLIENTS, 3);

/** @param who runs there */
export const mode = (who: string) => choice('--mode <how>', `where ${who} run`, MODES, 'processes');

export const clock = () =>
  choice(
    '--clock <which>',
    'virtual runs the same code without sockets and without waiting',
    ['real', 'virtual'],
    'real',
  );

/** @param who listens: `clients`, or `to` if it is the command itself */
export const tmax = (who: string, reader = readPositiveDurationNs) =>
  time('--tmax <time>', `how long ${who} listen for late datagrams after the end`, DEFAULT_TMAX_NS, reader);

/** Who may use a page or the control API from elsewhere. */
export const controlAllow = () =>
  several(
    '--control-allow <cidr>',
    'who may use it besides this machine, such as 172.16.0.0/12; several may be given',
    readAddressRange,
  );

/** @param what is written there */
export const report = (what: string) =>
  text('--report <dir>', `folder for ${what} (default: a new one in reports/)`);

function readReporters(given: string, name: string): readonly Reporter[] {
  return given.split(',').map((part) => {
    const word = part.trim();
    const reporter = REPORTERS.find((one) => one === word);
    if (reporter !== undefined) return reporter;
    throw new UsageError(
      'unknown-choice',
      name,
      `expected names out of ${REPORTERS.join(', ')}, with commas between, got "${given}"; leave it out for all`,
    );
  });
}

/** What is drawn from a report's tables. */
export const reporter = () =>
  read<readonly Reporter[], readonly Reporter[]>(
    '--reporter <list>',
    'what the report has beside its tables (csv)',
    readReporters,
    REPORTERS,
    REPORTERS.join(','),
  );

/** For commands that write a report only where they are asked to. @throws UsageError for `--reporter` without `--report` */
export function checkReporter(command: Command): void {
  if (givenOptions(command, ['--reporter']).length === 0) return;
  if (givenOptions(command, ['--report']).length > 0) return;
  refuse('--reporter', '--report beside it', 'none', 'name a folder, or leave it out', 'missing');
}

/**
 * Figures that a run is held to.
 * @param whose such as `every client`
 * @param reader for other figures than a client's
 */
export const expectations = <Name extends string = MetricName>(
  whose: string,
  reader: (text: string, name: string) => Expectation<Name>,
  example = 'lost<=3',
) =>
  several(
    '--expect <expression>',
    `what ${whose} must measure, such as "${example}"; several may be given`,
    reader,
  );

/** @param when for a command that looks only then */
export const abortOnFail = (when = 'as soon as an expectation is broken for good') =>
  flag('--abort-on-fail', `end the run ${when}`);

/** @throws UsageError for `--abort-on-fail` without `--expect` */
export function checkAbort(command: Command): void {
  if (givenOptions(command, ['--abort-on-fail']).length === 0) return;
  if (command.getOptionValue('expect') !== undefined) return;
  refuse(
    '--abort-on-fail',
    '--expect beside it',
    'none',
    'say what must hold, such as --expect "lost<=3"',
    'missing',
  );
}

export const logLevel = () =>
  choice('--log-level <level>', 'debug logs every datagram too', ['info', 'debug'], 'info');

export const log = () =>
  text(
    '--log <file>',
    'where to write the log; "none" writes no log (default: a new file in matchstream-logs/)',
  );

/** @param when it is written, if not at once */
export const fates = (when = '') =>
  text('--fates <dir>', `write what was decided about every datagram, a file a flow${when}`);

export const capture = () =>
  text(
    '--capture <file>',
    'capture what comes to the proxy and what leaves it, with fates as comments: .pcapng for Wireshark',
  );

export const allowUnverified = () =>
  flag('--allow-unverified', 'let the original programs register from other machines too');

/** The transport. @param auto what `auto` means for this command */
export const transport = (auto = 'takes the best that works') =>
  choice(
    '--transport <which>',
    `linux is batched system calls, node is everywhere; auto ${auto}`,
    TRANSPORTS,
    'auto',
  );

/** How a stream is paced. */
export const PACING_OPTIONS = {
  pacing: choice('--pacing <how>', 'how a deadline is waited for', PACINGS, 'hybrid'),
  catchUp: choice(
    '--catch-up <how>',
    'after a late wake-up: burst sends all that is due, skip leaves the missed intervals empty',
    CATCH_UPS,
    'burst',
  ),
};

/** Oftener than this, progress would be work of its own. */
const MIN_EVERY_NS = 100e6;

function readEvery(given: string, name: string): number {
  const everyNs = readPositiveDurationNs(given, name);
  if (everyNs >= MIN_EVERY_NS) return everyNs;
  throw new UsageError('value-range', name, `expected 100ms or more, such as 1s, got "${given}"`);
}

/** @param meaning what a command without it shows */
export const quiet = (meaning = 'show no progress') => flag('--quiet', meaning);

/** How a command that takes a while shows how far it is. */
export const PROGRESS_OPTIONS = {
  every: time(
    '--every <time>',
    'how often to show progress, such as 1s: a line each time, on a terminal in place (default: 500ms on a terminal, else never)',
    undefined,
    readEvery,
  ),
  quiet: quiet(),
};

/** @param what the further figures that are printed */
export const verbose = (what: string) => flag('--verbose', what);

/** @throws UsageError for a time between lines of progress beside no progress at all */
export function checkProgressOptions(command: Command): void {
  if (command.getOptionValue('quiet') === true)
    refuseBeside(command, '--quiet', { '--every': 'no progress is shown' });
}

/** @param verb what is done with a recording */
export const recover = (verb: string) => flag('--recover', `${verb} the whole frames of a damaged recording`);

/** Where a command prints every figure instead of a text. */
export const figuresAsJson = () => flag('--json', 'print every figure as JSON');

/** The minimum depends on the role: sizes that are too small are refused once it is known. */
function readDatagramSize(given: string, name: string): number {
  if (/^[1-9]\d*$/.test(given.trim()) && Number(given) <= MAX_DATAGRAM_BYTES) return Number(given);
  throw new UsageError(
    /^\d+$/.test(given.trim()) ? 'value-range' : 'value-format',
    name,
    `expected a number of bytes up to ${MAX_DATAGRAM_BYTES}, such as 1200, got "${given}"`,
  );
}

/** The options of the stream. @param endless whether a stream may be endless */
export const matchOptions = (endless = false) => ({
  matches: whole(
    '--matches <n>',
    `whole matches to stream${endless ? '; 0 streams for ever' : ''} (default: 1)`,
    0,
    100_000,
  ),
  messages: whole('--messages <n>', 'exactly so many messages, instead of whole matches', 1, 1e12),
  datagramSize: read(
    '--datagram-size <bytes>',
    'pad every datagram with spaces to this size (default: as long as it is, at most 1200)',
    readDatagramSize,
  ),
  squads: text('--squads <file>', 'who plays (JSON); default: two invented teams'),
  language: choice('--language <code>', 'language of the phrases', ['en', 'pt'], 'en'),
  check: flag('--check', 'give every datagram a CRC-32, so that a receiver can tell a damaged one'),
});

/** @throws UsageError for match options that contradict each other, and for an endless match where an end is needed */
export function checkMatchOptions(command: Command, endlessIs?: string): void {
  if (givenOptions(command, ['--matches', '--messages']).length === 2)
    throw new UsageError(
      'conflict',
      '--matches and --messages',
      'expected one of them, got both; leave one out',
    );
  if (endlessIs === undefined || command.getOptionValue('matches') !== 0) return;
  throw new UsageError(
    'value-range',
    '--matches',
    `expected 1 or more for ${endlessIs}, got 0, which never ends; give --messages N instead`,
  );
}

/** @throws UsageError for a log level without a log */
export function checkLogOptions(command: Command): void {
  if (command.getOptionValue('log') === 'none')
    refuseBeside(command, '--log none', { '--log-level': 'no log is written' });
}

/** Option → what the virtual clock lacks, so that the option would be ignored. */
const REAL_ONLY: Readonly<Record<string, string>> = {
  '--transport': 'no sockets',
  '--mode': 'no processes',
  '--no-control': 'no noise, so no control run',
  '--abort-on-fail': 'no waiting, so nothing to shorten',
  '--web': 'no waiting, so nothing to look at',
};

/** @throws UsageError for `--clock virtual` with an option that only the real clock has */
export function checkClockOptions(command: Command): void {
  if (command.getOptionValue('clock') !== 'virtual') return;
  const [given] = givenOptions(command, Object.keys(REAL_ONLY));
  const isDebug = command.getOptionValue('logLevel') === 'debug';
  const [option, lacks] = given === undefined ? ['--log-level debug', 'no logs'] : [given, REAL_ONLY[given]];
  if (given === undefined && !isDebug) return;
  refuse(option, '--clock real', `--clock virtual, which has ${lacks}`, 'leave one of them out');
}
