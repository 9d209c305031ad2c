/**
 * The options of `matchstream replay` that play one side of a recorded conversation, and which of its other options go
 * with them.
 */
import type { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { formatHostPort, readHostPort } from '../../src/base/quantities.ts';
import type { HostPort } from '../../src/base/quantities.ts';
import type { Expectation } from '../judge/expectation.ts';
import { readByteRanges } from '../recording/conversation/byteRanges.ts';
import { readFlowChoice } from '../recording/conversation/flowChoice.ts';
import { CONVERSATION_METRICS } from '../runs/playedConversation.ts';
import { flag, givenOptions, positiveTime, read, refuse, refuseBeside, several } from './declare.ts';
import type { ValuesOf } from './declare.ts';

/** How much later than recorded an answer may come. */
const ANSWER_TIMEOUT_NS = 1e9;

const address = (given: string, name: string): HostPort => readHostPort(given, name);

export const CONVERSATION_OPTIONS = {
  to: read(
    '--to <host:port>',
    "play the clients' side of a conversation to this live server, and compare its answers",
    address,
  ),
  asServer: read(
    '--as-server <host:port>',
    "play the server's side there to live clients, and compare their requests",
    address,
  ),
  flow: several(
    '--flow <which>',
    'the flow to play, by number or as CLIENT,SERVER; of a conversation also several, 1,4,7, default all',
    readFlowChoice,
  ),
  lockstep: flag('--lockstep', 'with --to: send the next one when the answers recorded before it have come'),
  answerTimeout: positiveTime(
    '--answer-timeout <time>',
    'with --to: how much later than recorded an answer may come',
    ANSWER_TIMEOUT_NS,
  ),
  ignore: read(
    '--ignore <ranges>',
    'bytes that are not compared, such as 0..1,8..11, both ends included',
    readByteRanges,
  ),
  echo: read(
    '--echo <ranges>',
    'with --as-server: bytes that an answer copies from its request',
    readByteRanges,
  ),
  for: positiveTime('--for <time>', 'with --as-server: end after so long'),
};

type ConversationOptions = ValuesOf<typeof CONVERSATION_OPTIONS>;

/** The side that is played, and the address of the other; null if a stream is replayed. */
export type Side = { readonly kind: 'clients' | 'server'; readonly address: HostPort } | null;

/** Option → why it has no effect beside `--to` or `--as-server`. */
const NOT_BESIDE_EITHER: Readonly<Record<string, string>> = {
  '--clients': 'each recorded client is played once: --flow chooses',
  '--mode': 'it runs in this process',
  '--tmax': 'how long answers may take says --answer-timeout',
  '--clock': 'the other side is live',
  '--no-control': 'no times are compared, so there is no control run',
  '--no-verdict': 'comparing is what it is for',
  '--arrivals': 'differences are named, and counted in the report',
  '--exec': 'the other side is a program that runs already',
  '--exec-timeout': 'no command is run',
  '--shrink': 'what differs is named',
  '--shrink-runs': 'what differs is named',
  '--log-level': 'no log is written',
};

const NOT_BESIDE_TO: Readonly<Record<string, string>> = {
  '--echo': 'requests are sent as recorded',
  '--for': 'it ends with the recording',
};

const NOT_BESIDE_AS_SERVER: Readonly<Record<string, string>> = {
  '--lockstep': 'an answer follows its request',
  '--answer-timeout': 'no answers are waited for',
};

/** Options of a side → what they are for. */
const OF_A_SIDE: Readonly<Record<string, string>> = {
  '--lockstep': '--to',
  '--answer-timeout': '--to',
  '--ignore': '--to or --as-server',
  '--echo': '--as-server',
  '--for': '--as-server',
};

/**
 * @param isImpaired whether any knob is on
 * @throws UsageError for options that contradict each other, or have no effect
 */
export function checkConversationOptions(
  command: Command,
  options: ConversationOptions & { readonly interval?: number; readonly expect?: readonly Expectation[] },
): Side {
  const { to, asServer, lockstep, interval } = options;
  if (to !== undefined && asServer !== undefined)
    refuse('--to and --as-server', 'one of them', 'both', 'play one side to a live other one');
  const [alone] = givenOptions(command, Object.keys(OF_A_SIDE));
  if (to === undefined && asServer === undefined) {
    if (alone !== undefined)
      refuse(alone, `${OF_A_SIDE[alone]} beside it`, 'none', 'leave it out', 'missing');
    return null;
  }
  const name = to === undefined ? '--as-server' : '--to';
  refuseBeside(command, name, NOT_BESIDE_EITHER);
  refuseBeside(command, name, to === undefined ? NOT_BESIDE_AS_SERVER : NOT_BESIDE_TO);
  if (interval !== undefined && interval > 0)
    refuse(
      '--interval',
      `0, which is flat out, beside ${name}`,
      'another time',
      'for another pace use --speed',
    );
  if (lockstep)
    refuseBeside(command, '--lockstep', {
      '--interval': 'answers set the pace',
      '--speed': 'answers set the pace',
    });
  if (to?.port === 0)
    throw new UsageError(
      'value-range',
      '--to',
      `expected a port from 1 to 65535, got ${formatHostPort(to.host, to.port)}; give the server's`,
    );
  const foreign = options.expect?.find(({ metric }) => !CONVERSATION_METRICS.includes(metric));
  if (foreign !== undefined)
    refuse(
      '--expect',
      `one of ${CONVERSATION_METRICS.join(', ')} beside ${name}`,
      foreign.metric,
      'choose another',
    );
  return to === undefined
    ? { kind: 'server', address: asServer as HostPort }
    : { kind: 'clients', address: to };
}
