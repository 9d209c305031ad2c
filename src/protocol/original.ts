/**
 * The wire format of the original programs: what their client reads and their server sends.
 *
 * Encoded as by Python's `json.dumps`: ASCII only, separators `, ` and `: `. At most 4096 bytes, the buffer of the
 * original client. Decoding never throws.
 */
import type { Decoded } from '../base/errors.ts';
import { MAX_DATAGRAM_BYTES } from '../net/batch.ts';
import { Fields, Findings, parseJsonObject } from './json.ts';
import { assertContent, assertPlace, LIMITS } from './message.ts';
import type { StreamContent, StreamMessage, WirePlayer } from './message.ts';

const utf8 = new TextEncoder();

/** What an original client sends to join, and to leave; what an original server sends at the end. */
export const ORIGINAL_REGISTER: Uint8Array = utf8.encode('register');
export const ORIGINAL_UNREGISTER: Uint8Array = utf8.encode('unregister');
export const ORIGINAL_END: Uint8Array = utf8.encode('End of transmission');

/** The receive buffer of the original client: longer datagrams are cut off. */
export const ORIGINAL_MAX_BYTES = 4096;

/** A message from an original server: it has no media time, and its count starts at 0. */
export interface OriginalMessage extends StreamContent {
  /** Sequence number, 0 or more, a safe integer. */
  readonly count: number;
}

/**
 * The original type strings by our codes. There are none for kick-off (5), half-time (10) and full-time (11); the
 * original client shows any string, so these get our own.
 */
const TYPE_TEXTS: ReadonlyMap<number, string> = new Map([
  [1, 'Gol!'],
  [2, 'Falta!'],
  [3, 'Cartão Amarelo!'],
  [4, 'Cartão Vermelho!'],
  [5, 'Início de jogo!'],
  [6, 'Gol Perdido!'],
  [7, 'Defesa!'],
  [8, 'Drible mágico!'],
  [9, 'Pênalti!!'],
  [10, 'Intervalo!'],
  [11, 'Fim de jogo!'],
]);
const TYPE_CODES: ReadonlyMap<string, number> = new Map(
  Array.from(TYPE_TEXTS, ([code, text]): [string, number] => [text, code]),
);
const UNKNOWN_TYPE_TEXT = 'Lance!';
const UNKNOWN_TYPE = 0;

const SCORE_PREFIX = 'Placar: ';
const SCORE = /^(.*) (\d{1,3}) - (\d{1,3}) (.*)$/s;

/**
 * The original format has ten players with a position each; ours have no positions, so a line-up is taken as a 4-3-3.
 */
const POSITIONS = [
  'Lateral',
  'Zagueiro',
  'Zagueiro',
  'Lateral',
  'Volante',
  'Meia',
  'Meia',
  'Atacante',
  'Atacante',
  'Atacante',
] as const;
/** Fills a line-up up to the ten players that the original client expects. */
const NOBODY: WirePlayer = { name: '-', goalMinutes: [], yellowMinute: null, redMinute: null };

/**
 * Limits of characters in a text and of entries in a list of goals, tried in turn until a message fits. The last always
 * fits: about 2,500 bytes are fixed, and 46 texts of 2 characters of 6 bytes and 20 lists of 2 minutes of 5 bytes add
 * some 800.
 */
const ALLOWANCES = [Number.POSITIVE_INFINITY, 512, 256, 128, 64, 32, 16, 8, 4, 2] as const;

/** Text as encoded by Python's `json.dumps`: everything but printable ASCII is escaped by UTF-16 unit, DEL included. */
function dump(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The first `maxChars` UTF-16 units of a text, without half of a surrogate pair at the end. */
function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(maxChars - 1)) ? maxChars - 1 : maxChars;
  return text.slice(0, end);
}

/** Ten players in the original format. `time` is the encoded name of their team. */
function dumpLineUp(players: readonly WirePlayer[], time: string, allowance: number): string {
  const dumped = POSITIONS.map((posicao, k) => {
    const { name, goalMinutes, redMinute } = players[k] ?? NOBODY;
    return (
      `{"nome": ${dump(cut(name, allowance))}, "time": ${time}, "posicao": "${posicao}", ` +
      `"cartao_vermelho": ${redMinute !== null}, "gols": ${goalMinutes.length}, ` +
      `"tempo_gols": [${goalMinutes.slice(0, allowance).join(', ')}], "tempo_cv": ${redMinute ?? 0}}`
    );
  });
  return `[${dumped.join(', ')}]`;
}

/** The message in the original format, its texts and lists cut to an allowance. ASCII. */
function dumpMessage(message: StreamMessage, allowance: number): string {
  const parts = SCORE.exec(message.score);
  const nameA = cut(parts?.[1] ?? 'Time A', allowance);
  const nameB = cut(parts?.[4] ?? 'Time B', allowance);
  const score =
    parts === null ? cut(message.score, allowance) : `${nameA} ${parts[2]} - ${parts[3]} ${nameB}`;
  const teamA = dump(nameA);
  const teamB = dump(nameB);
  const goalkeeper = (player: WirePlayer, time: string): string =>
    `{"nome": ${dump(cut(player.name, allowance))}, "time": ${time}}`;
  return (
    `{"message": {"count": ${message.count}, "score": ${dump(`${SCORE_PREFIX}${score}`)}, ` +
    `"content": ${dump(cut(message.content, allowance))}, ` +
    `"type": ${dump(TYPE_TEXTS.get(message.type) ?? UNKNOWN_TYPE_TEXT)}, "time_passed": ${message.minute}}, ` +
    `"timeA": ${dumpLineUp(message.teamA, teamA, allowance)}, ` +
    `"timeB": ${dumpLineUp(message.teamB, teamB, allowance)}, ` +
    `"goleiroA": ${goalkeeper(message.goalkeeperA, teamA)}, ` +
    `"goleiroB": ${goalkeeper(message.goalkeeperB, teamB)}}`
  );
}

/**
 * Encodes a message for an original client: at most 4096 bytes, always.
 *
 * The teams' names are taken from the score. A line-up has exactly ten players, cut or filled up with `-`. If a message
 * is too long, its texts and lists of goals are all cut to the largest allowance that fits; `gols` keeps the true
 * number.
 *
 * @throws Error when the message is outside LIMITS
 */
export function encodeOriginalMessage(message: StreamMessage): Uint8Array {
  assertContent(message);
  assertPlace(message.count, message.atUs);
  for (const allowance of ALLOWANCES) {
    const text = dumpMessage(message, allowance);
    if (text.length <= ORIGINAL_MAX_BYTES) return utf8.encode(text);
  }
  throw new Error('a message within the limits does not fit the original wire');
}

function readPlayer(fields: Fields): WirePlayer {
  return {
    name: fields.text('nome', LIMITS.nameChars),
    goalMinutes: fields.integers('tempo_gols', LIMITS.goals, 0, LIMITS.minute),
    yellowMinute: null,
    redMinute: fields.boolean('cartao_vermelho') ? fields.integer('tempo_cv', 0, LIMITS.minute) : null,
  };
}

function readGoalkeeper(fields: Fields): WirePlayer {
  return { ...NOBODY, name: fields.text('nome', LIMITS.nameChars) };
}

/**
 * Decodes a datagram of an original server. Types are our codes, 0 for an unknown string; the score has no `Placar: `;
 * the format has no yellow cards. Never throws.
 */
export function decodeOriginalMessage(bytes: Uint8Array): Decoded<OriginalMessage> {
  const parsed = parseJsonObject(bytes, MAX_DATAGRAM_BYTES);
  if (!parsed.ok) return parsed;
  const findings = new Findings();
  const datagram = new Fields(parsed.value, '', findings);
  const message = datagram.fields('message');
  const score = message.text('score', LIMITS.scoreChars + SCORE_PREFIX.length);
  return findings.settle<OriginalMessage>({
    count: message.integer('count', 0, Number.MAX_SAFE_INTEGER),
    score: score.startsWith(SCORE_PREFIX) ? score.slice(SCORE_PREFIX.length) : score,
    content: message.text('content', LIMITS.contentChars),
    type: TYPE_CODES.get(message.text('type', LIMITS.nameChars)) ?? UNKNOWN_TYPE,
    minute: message.integer('time_passed', 0, LIMITS.minute),
    teamA: datagram.objects('timeA', LIMITS.players).map(readPlayer),
    teamB: datagram.objects('timeB', LIMITS.players).map(readPlayer),
    goalkeeperA: readGoalkeeper(datagram.fields('goleiroA')),
    goalkeeperB: readGoalkeeper(datagram.fields('goleiroB')),
  });
}
