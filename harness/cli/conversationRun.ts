/**
 * Runs `matchstream replay` with `--to` or `--as-server`: plays one side of a conversation, names the differences, and
 * prints a table.
 */
import { basename } from 'node:path';
import { EnvironmentError } from '../../src/base/errors.ts';
import { during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { formatDurationNs, formatHostPort } from '../../src/base/quantities.ts';
import { complain, print } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import type { Peer } from '../../src/net/batch.ts';
import { realNetwork } from '../../src/net/realNetwork.ts';
import { startTimer } from '../../src/net/timer.ts';
import { drawSeed } from '../../src/service/matchStream.ts';
import { resolveHost } from '../../src/service/resolveHost.ts';
import { interruptOf, interruptible } from '../../src/service/signals.ts';
import { UNIMPAIRED } from '../impairment/impairment.ts';
import { formatKnobs } from '../impairment/knobs.ts';
import { settingsOver } from '../impairment/phases.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { anyProgram } from '../protocols/any.ts';
import { formatCaptured } from '../proxy/told/capture.ts';
import { checkCaptureFile } from '../recording/tap/newFile.ts';
import { NO_BYTES } from '../recording/conversation/byteRanges.ts';
import type { Conversation } from '../recording/conversation/conversation.ts';
import { loadConversation } from '../recording/conversation/loadConversation.ts';
import { expectationLines } from '../report/closing.ts';
import { readEnvironment } from '../report/environment.ts';
import { inReportFolder } from '../report/runFolder.ts';
import { exitCodeOf, tellVerdict } from '../report/tellVerdict.ts';
import { ABORTED, conversationReport } from '../runs/conversationReport.ts';
import { endWhenBroken, watchParts } from '../runs/endWhen.ts';
import type { CertainPart, EndWhen } from '../runs/endWhen.ts';
import { playClients, playServer } from '../runs/playConversation.ts';
import type { OnTheWay, PlayingSide } from '../runs/playConversation.ts';
import type { PlayedConversation } from '../runs/playedConversation.ts';
import { formatDifferences } from '../runs/playedDifferences.ts';
import { formatPlayed } from './conversationTable.ts';
import type { Side } from './conversationOptions.ts';
import { refuse } from './declare.ts';
import { checkControl, chooseImpairment, formatImpairment } from './impairmentOptions.ts';
import { networkLines } from './logAndNetwork.ts';
import { chooseProtocol } from './protocolOptions.ts';
import type { ReplayOptions } from './replayCommand.ts';

/** Returns the exit code. */
export async function runConversation(
  path: string,
  options: ReplayOptions,
  side: NonNullable<Side>,
  progress: Progress,
): Promise<number> {
  const name = side.kind === 'clients' ? '--to' : '--as-server';
  const way = wayOf(path, options);
  const conversation = await loadConversation(path, {
    flows: (options.flow ?? []).flat(),
    recover: options.recover,
    progress,
  });
  const address = { address: await resolveHost(side.address.host, name), port: side.address.port };
  const work = (folder: string | null, signal: AbortSignal): Promise<number> =>
    play({ conversation, way, side, address, folder, signal, progress }, options);
  const playing =
    options.report === undefined
      ? interruptible((signal) => work(null, signal))
      : inReportFolder(options.report, 'replay', work);
  return playing.finally(() => conversation.payloads.close());
}

interface Prepared {
  readonly conversation: Conversation;
  /** Null: nothing is impaired. */
  readonly way: (OnTheWay & { readonly scenario: string }) | null;
  readonly side: NonNullable<Side>;
  readonly address: Peer;
  /** Null: no report. */
  readonly folder: string | null;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Returns the exit code. */
async function play(prepared: Prepared, options: ReplayOptions): Promise<number> {
  const { conversation, way, side, address, folder, signal, progress } = prepared;
  print(describeConversation(conversation));
  for (const line of conversation.leftOut) print(`note: ${line}`);
  if (way !== null) {
    print(`seed ${way.impairment.seed}; impairment: ${formatImpairment(way.impairment)}`);
    for (const note of way.protocol.notes) print(`note: ${note}`);
  }
  const shared = {
    network: realNetwork(options.transport),
    conversation,
    speed: options.interval === 0 ? 0 : options.speed,
    ignored: options.ignore ?? NO_BYTES,
    onTheWay: way,
  };
  const playing =
    side.kind === 'clients'
      ? await playClients({
          ...shared,
          server: address,
          lockstep: options.lockstep,
          answerTimeoutNs: options.answerTimeout,
        })
      : await playServer({
          ...shared,
          host: address.address,
          port: address.port,
          echoed: options.echo ?? NO_BYTES,
        });
  if (side.kind === 'server')
    print(`listening on ${formatHostPort(playing.local.address, playing.local.port)}`);
  const { played, isOver, aborted } = await during(
    progress,
    'playing',
    () => playing.soFar(),
    () => untilEnd(playing, options.for ?? Number.POSITIVE_INFINITY, signal, endWhenBroken(options)),
  );
  if (isOver && played.arrivals === 0) throw neverAsked(options.for as number, playing);
  const interrupted = side.kind === 'clients' ? interruptOf(signal) : null;
  const identity = {
    run: folder === null ? 'replay' : basename(folder),
    scenario: way?.scenario ?? 'none',
    seed: (way?.impairment ?? UNIMPAIRED).seed,
    clock: 'real',
    mode: 'in-process',
    transport: played.network.transport,
  };
  const report = conversationReport(identity, played, options.expect ?? [], aborted);
  const environment = await readEnvironment({
    commandLine: process.argv,
    seed: identity.seed,
    network: played.network.notes,
    interrupted,
  });
  const { model, unwritten } = await report.write(folder, environment, options.reporter);
  print('', ...formatPlayed(played), '', ...formatDifferences(played, shared.ignored));
  for (const note of played.notes) print(`note: ${note}`);
  print(...networkLines(played.network));
  print(...formatCaptured(played.proxied?.captured ?? null));
  print(...expectationLines(model));
  if (aborted !== null) print(ABORTED);
  if (folder !== null) print(`report: ${folder}`);
  if (interrupted !== null) print(`interrupted by ${interrupted}: what was sent until then is compared`);
  tellVerdict(model);
  throwUnwritten([...(played.proxied?.unwritten ?? []), ...unwritten]);
  return exitCodeOf(model);
}

/** The impairment on the way; null without knobs. @throws UsageError for options without effect */
function wayOf(path: string, options: ReplayOptions): (OnTheWay & { readonly scenario: string }) | null {
  const { impairment, scenario, protocols } = chooseImpairment(options, options.seed ?? drawSeed());
  const settings = [...settingsOver(impairment, 'down'), ...settingsOver(impairment, 'up')];
  if (settings.every((config) => formatKnobs(config) === '')) {
    const [alone] = (
      [
        ['--seed', options.seed],
        ['--fates', options.fates],
        ['--capture', options.capture],
        ['--exec-protocol', options.execProtocol],
        ['--impair-control', options.impairControl ? true : undefined],
      ] as const
    ).filter(([, value]) => value !== undefined);
    if (alone !== undefined)
      refuse(
        alone[0],
        'knobs beside it, such as --drop 5%',
        'none',
        'nothing is impaired: leave it out',
        'missing',
      );
    return null;
  }
  if (options.capture !== undefined) checkCaptureFile(options.capture, path);
  const protocol = protocolOf(options, protocols);
  if (protocol.admission === 'registration') {
    refuse(
      options.execProtocol === undefined ? `${protocols?.file}: protocol` : '--exec-protocol',
      'any, rtp or a field for a conversation',
      protocol.text,
      'a recorded registration is worth nothing to a live server: name another one',
    );
  }
  checkControl(options, impairment, protocol, '--exec-protocol');
  return {
    impairment,
    protocol,
    scenario,
    fatesDir: options.fates ?? null,
    capturePath: options.capture ?? null,
    notice: (line) => complain(`note: ${line}`),
  };
}

/** The protocol of `--exec-protocol`, else of the scenario file, else any. */
function protocolOf(
  { execProtocol }: ReplayOptions,
  scenario: Parameters<typeof chooseProtocol>[1],
): Protocol {
  if (execProtocol !== undefined) return execProtocol;
  const isNamed = scenario !== null && (scenario.protocol !== null || scenario.protocolUp !== null);
  return isNamed ? chooseProtocol({}, scenario) : anyProgram;
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function describeConversation({ path, flows }: Conversation): string {
  const requests = flows.reduce((total, flow) => total + flow.requests, 0);
  const answers = flows.reduce((total, flow) => total + flow.answers, 0);
  return `${path}: ${plural(flows.length, 'flow')}, ${plural(requests, 'datagram')} of clients, ${answers} of the server`;
}

/** Waits for the end: all is played, a signal, the time is over, or an expectation is broken for good. */
async function untilEnd(
  playing: PlayingSide,
  forNs: number,
  signal: AbortSignal,
  endWhen: EndWhen | null,
): Promise<{
  readonly played: PlayedConversation;
  readonly isOver: boolean;
  /** What was certain of each flow when an expectation ended it; null where none has. */
  readonly aborted: readonly CertainPart[] | null;
}> {
  let isOver = false;
  let aborted: readonly CertainPart[] | null = null;
  const stop = (): void => playing.stop();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const callOff = startTimer(() => {
    isOver = true;
    stop();
  }, forNs / 1e6);
  const endWatch = watchParts(
    () => playing.flowsSoFar(),
    endWhen,
    (parts) => {
      aborted = parts;
      stop();
    },
  );
  try {
    return { played: await playing.done, isOver, aborted };
  } finally {
    endWatch();
    callOff();
    signal.removeEventListener('abort', stop);
  }
}

const neverAsked = (forNs: number, { local }: PlayingSide): EnvironmentError =>
  new EnvironmentError(
    'never-asked',
    `--as-server: nothing came to ${formatHostPort(local.address, local.port)} in ${formatDurationNs(forNs)}; ` +
      'point the client there, or give it more time with --for',
  );
