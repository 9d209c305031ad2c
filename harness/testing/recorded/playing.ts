/**
 * Plays a recording's server to a test's client, and says at the end what the client asked that is not in it.
 */
import { AssertionError } from 'node:assert';
import { UsageError } from '../../../src/base/errors.ts';
import { counted, sum } from '../../../src/base/figures.ts';
import { quoteWord } from '../../../src/base/shellWord.ts';
import { readMembers } from '../../../src/base/jsonMembers.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { realNetwork } from '../../../src/net/realNetwork.ts';
import { resolveHost } from '../../../src/service/resolveHost.ts';
import { loadConversation } from '../../recording/conversation/loadConversation.ts';
import { playServer } from '../../runs/playConversation.ts';
import type { PlayedConversation } from '../../runs/playedConversation.ts';
import { faultLines, missingLines } from '../../runs/playedDifferences.ts';
import { withKnobs } from '../showAgain.ts';
import { CALL } from './options.ts';
import type { RecordedSettings } from './options.ts';
import { neverAsked } from './outcome.ts';
import type { RecordedOutcome, Running, Say } from './outcome.ts';

export async function startPlaying(name: string, settings: RecordedSettings, say: Say): Promise<Running> {
  const { path, listen, transport, impairment, protocol, isImpaired, ignored, echoed, speed } = settings;
  const conversation = await loadConversation(path);
  try {
    checkName(name, path, conversation.header.extra);
    const playing = await playServer({
      network: realNetwork(transport),
      conversation,
      speed,
      ignored,
      echoed,
      host: await resolveHost(listen.host, `${CALL}: listen`),
      port: listen.port,
      onTheWay: isImpaired ? { impairment, protocol, fatesDir: null, capturePath: null, notice: say } : null,
      keepsAlive: false,
      untilStopped: true,
    });
    for (const line of conversation.leftOut) say(line);
    return {
      local: playing.local,
      end: async (isDiscarded) => {
        playing.stop();
        try {
          const played = await playing.done;
          return judge(name, settings, played, playing.local, isDiscarded ? null : say);
        } finally {
          conversation.payloads.close();
        }
      },
    };
  } catch (cause) {
    conversation.payloads.close();
    throw cause;
  }
}

/** Different names may give the same file. @throws UsageError if it has another test's conversation */
function checkName(name: string, path: string, extra = ''): void {
  const json = readMembers(`{${extra}}`)?.find(({ key }) => key === 'name')?.json;
  if (json === undefined || JSON.parse(json) === name) return;
  throw new UsageError(
    'conflict',
    `${CALL}: ${path}`,
    `expected the recording of ${JSON.stringify(name)}, got that of ${json}, whose name gives the same file; ` +
      'choose another name or folder, or remove the file',
  );
}

/** @param say null: nothing is judged @throws AssertionError with what differs, EnvironmentError if nothing came */
function judge(
  name: string,
  settings: RecordedSettings,
  played: PlayedConversation,
  local: Peer,
  say: Say | null,
): RecordedOutcome {
  const { path, ignored } = settings;
  const unused = missingLines(played, ignored);
  const outcome = {
    requests: played.arrivals,
    answers: sum(played.flows.map(({ sent }) => sent)),
    unused,
  };
  if (say === null) return outcome;
  if (played.arrivals === 0) throw neverAsked(name, local, `though ${path} has its conversation`);
  const faults = faultLines(played, ignored);
  if (faults.length > 0) {
    const lines = [
      `${CALL} ${JSON.stringify(name)}: expected what ${path} has, got:`,
      ...faults.map((line) => `  ${line}`),
      ...(unused.length === 0 ? [] : ['and not:', ...unused.map((line) => `  ${line}`)]),
      "to record it anew: MATCHSTREAM_RECORD=all before the test's command; to play it by hand:",
      ...playAgain(settings).map((line) => `  ${line}`),
    ];
    throw new AssertionError({ message: lines.join('\n') });
  }
  if (unused.length > 0) say(`of ${path} not everything was asked: ${unused.join('; ')}`);
  const unsent = sum(played.flows.map((flow) => flow.unsent));
  if (unsent > 0) say(`${counted(unsent, 'answer')} could not be sent: the system did not take them`);
  return outcome;
}

/** The command that plays the recording. */
function playAgain({
  path,
  impairment,
  ignore,
  echo,
  speed,
  isImpaired,
  scenario,
  isScenarioAlone,
  protocol,
}: RecordedSettings): string[] {
  const words = ['npx', 'matchstream', 'replay', path, '--as-server', '127.0.0.1:0'];
  if (ignore !== null) words.push('--ignore', ignore);
  if (echo !== null) words.push('--echo', echo);
  if (speed === 0) words.push('--interval', '0');
  else if (speed !== 1) words.push('--speed', `${speed}`);
  if (isImpaired) words.push('--exec-protocol', protocol.text, '--seed', impairment.seed);
  if (scenario === null || impairment.phases.length === 0) return withKnobs(words, impairment);
  // Phases stand in a file only.
  const line = [...words, '--scenario', scenario].map(quoteWord).join(' ');
  return isScenarioAlone ? [line] : [line, "and behind it the test's own knobs, which win in every phase"];
}
