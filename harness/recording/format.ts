/**
 * The recording format's header and footer lines, and its limits. Frame lines are in frameLine.ts.
 *
 * Decoding returns a result and never throws; its reasons say what was expected, what was got and, for a header, what to
 * do.
 */
import { isUtf8 } from 'node:buffer';
import { MAX_DATAGRAM_BYTES } from '../../src/net/batch.ts';
import { UsageError, decoded, refused } from '../../src/base/errors.ts';
import type { Decoded } from '../../src/base/errors.ts';
import { readMembers, writeMembers } from '../../src/base/jsonMembers.ts';
import type { JsonMember } from '../../src/base/jsonMembers.ts';

export const RECORDING_FORMAT = 'matchstream-recording';
export const RECORDING_VERSION = 1;
/** Maximum length of a line, its line end included, bytes: the largest datagram with every byte escaped, and unknown members. */
export const LINE_LIMIT_BYTES = 1 << 19;
/** Maximum size of the unknown members of one line, bytes. */
export const EXTRA_LIMIT_BYTES = 1 << 17;
/** Highest flow number. */
export const FLOW_LIMIT = 65_535;

/** The content of the first line. Null for what the recorder did not know. */
export interface RecordingHeader {
  readonly format: typeof RECORDING_FORMAT;
  readonly version: typeof RECORDING_VERSION;
  /** The seed of the recorded stream. */
  readonly seed: string | null;
  /** What generated the stream from the seed, with versions: `match@1 seedrandom/alea@3`. */
  readonly generator: string | null;
  /** Planned time between two datagrams of a flow, whole nanoseconds, 0 or more. */
  readonly intervalNs: number | null;
  /** Hash of the squads and phrases. */
  readonly squadsHash: string | null;
  /** The size every datagram was padded to, 1 to 65,507; null if not padded. */
  readonly datagramSizeBytes: number | null;
  /** How many flows the recording was set up for, 1 to 65,535. */
  readonly flows: number;
  /** Whether datagrams carry a check; absent if unknown. */
  readonly check?: boolean;
  /** Members that this version does not know, as JSON text without braces; absent if there are none. */
  readonly extra?: string;
}

/** The content of the last line: the number of frames, and the hash of every byte before the line, 64 hex digits. */
export interface RecordingFooter {
  readonly frames: number;
  readonly sha256: string;
}

/** The start of a text, for an error message: printable ASCII only, so that no file can control the terminal. */
export function excerpt(text: string): string {
  const max = 40;
  const head = text
    .slice(0, max)
    .replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return head === '' ? 'an empty line' : head + (text.length > max ? '…' : '');
}

/** The same for arbitrary bytes. */
export const excerptBytes = (bytes: Uint8Array): string =>
  excerpt(Buffer.from(bytes.subarray(0, 256)).toString('latin1'));

/** A whole number as the format writes it, from 0 to the largest safe integer; NaN for any other text. */
export function readWholeNumber(json: string): number {
  const value = /^(?:0|[1-9]\d{0,15})$/.test(json) ? Number(json) : Number.NaN;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/**
 * Checks unknown members that a caller wants to write: undefined if valid, else the reason.
 * `known` are the keys that the line already has.
 */
export function extraProblem(extra: string, known: ReadonlySet<string>): string | undefined {
  const members = extra.includes('\n') ? undefined : readMembers(`{${extra}}`);
  if (members === undefined || members.length === 0 || /\p{Surrogate}/u.test(extra)) {
    return `expected extra members as JSON text without braces, such as "note":"x", got ${excerpt(extra)}`;
  }
  const taken = members.find(({ key }) => known.has(key));
  if (taken !== undefined) return `expected extra members under new keys, got ${JSON.stringify(taken.key)}`;
  if (Buffer.byteLength(extra) > EXTRA_LIMIT_BYTES)
    return `expected extra members of at most ${EXTRA_LIMIT_BYTES} bytes, got ${Buffer.byteLength(extra)}`;
  return undefined;
}

const HEADER_KEYS: ReadonlySet<string> = new Set([
  'format',
  'version',
  'seed',
  'generator',
  'intervalNs',
  'squadsHash',
  'datagramSizeBytes',
  'flows',
  'check',
]);

const HEADER_START = `{"format":"${RECORDING_FORMAT}"`;
const NOT_A_RECORDING = 'make one with matchstream record';

/** Whether bytes without a line end may be the beginning of a header. */
export function beginsLikeHeader(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.subarray(0, HEADER_START.length)).toString('latin1');
  return HEADER_START.startsWith(text) && text !== '';
}

/** Why a file is not a recording at all, given what was found. */
export const foreignReason = (got: string): string =>
  `expected a matchstream recording or a capture (pcap, pcapng), got ${got}; ${NOT_A_RECORDING}`;

/** The header line, its line end included. Throws if the header breaks the format, which is a bug of the caller. */
export function encodeHeader(header: RecordingHeader): string {
  const { format, version, seed, generator, intervalNs, squadsHash, datagramSizeBytes, flows } = header;
  const fixed = JSON.stringify({
    format,
    version,
    seed,
    generator,
    intervalNs,
    squadsHash,
    datagramSizeBytes,
    flows,
    ...(header.check === undefined ? {} : { check: header.check }),
  });
  const problem = header.extra === undefined ? undefined : extraProblem(header.extra, HEADER_KEYS);
  if (problem !== undefined) throw new UsageError('value-range', 'recording header', problem);
  const line = header.extra === undefined ? fixed : `${fixed.slice(0, -1)},${header.extra}}`;
  const sizeBytes = Buffer.byteLength(line) + 1;
  if (sizeBytes > LINE_LIMIT_BYTES) {
    throw new UsageError(
      'value-range',
      'recording header',
      `expected a line of at most ${LINE_LIMIT_BYTES} bytes, got ${sizeBytes}`,
    );
  }
  const check = decodeHeader(Buffer.from(line));
  if (!check.ok) throw new UsageError('value-range', 'recording header', check.reason);
  return `${line}\n`;
}

/** The header in a line given without its line end. */
export function decodeHeader(line: Uint8Array): Decoded<RecordingHeader> {
  const text = Buffer.from(line).toString('utf8');
  const members = isUtf8(line) ? readMembers(text) : undefined;
  if (members === undefined) {
    return refused(
      beginsLikeHeader(line)
        ? `expected a recording's header, got ${excerpt(text)}; record it again`
        : foreignReason(excerptBytes(line)),
    );
  }
  const values = new Map(members.map(({ key, json }) => [key, JSON.parse(json) as unknown]));
  if (values.get('format') !== RECORDING_FORMAT) return refused(foreignReason(excerptBytes(line)));
  if (values.get('version') !== RECORDING_VERSION) {
    const version = excerpt(members.find(({ key }) => key === 'version')?.json ?? 'none');
    return refused(
      `expected recording version ${RECORDING_VERSION}, got version ${version}; read it with the matchstream that wrote it`,
    );
  }
  const problem = headerProblem(members, values);
  if (problem !== undefined) return refused(`${problem}; record it again`);
  const check = values.get('check') as boolean | undefined;
  const unknown = members.filter(({ key }) => !HEADER_KEYS.has(key));
  return decoded({
    format: RECORDING_FORMAT,
    version: RECORDING_VERSION,
    seed: values.get('seed') as string | null,
    generator: values.get('generator') as string | null,
    intervalNs: values.get('intervalNs') as number | null,
    squadsHash: values.get('squadsHash') as string | null,
    datagramSizeBytes: values.get('datagramSizeBytes') as number | null,
    flows: values.get('flows') as number,
    ...(check === undefined ? {} : { check }),
    ...(unknown.length === 0 ? {} : { extra: writeMembers(unknown) }),
  });
}

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
const isWhole = (value: unknown, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;

/** The first fault of a header of the right format and version. */
function headerProblem(
  members: readonly JsonMember[],
  values: ReadonlyMap<string, unknown>,
): string | undefined {
  const repeated = members.find(
    ({ key }, k) => HEADER_KEYS.has(key) && members.findIndex((member) => member.key === key) !== k,
  );
  if (repeated !== undefined) return `expected "${repeated.key}" once, got it twice`;
  const rules: readonly (readonly [key: string, expected: string, holds: (value: unknown) => boolean])[] = [
    ['seed', 'a text or null', isTextOrNull],
    ['generator', 'a text or null', isTextOrNull],
    [
      'intervalNs',
      'a whole number of nanoseconds or null',
      (value) => value === null || isWhole(value, 0, Number.MAX_SAFE_INTEGER),
    ],
    ['squadsHash', 'a text or null', isTextOrNull],
    [
      'datagramSizeBytes',
      `a whole number from 1 to ${MAX_DATAGRAM_BYTES} or null`,
      (value) => value === null || isWhole(value, 1, MAX_DATAGRAM_BYTES),
    ],
    ['flows', `a whole number from 1 to ${FLOW_LIMIT}`, (value) => isWhole(value, 1, FLOW_LIMIT)],
    ['check', 'true or false', (value) => value === undefined || typeof value === 'boolean'],
  ];
  const broken = rules.find(([key, , holds]) => !holds(values.get(key)));
  if (broken === undefined) return undefined;
  const got = members.find(({ key }) => key === broken[0])?.json;
  return `expected "${broken[0]}" as ${broken[1]}, got ${got === undefined ? 'none' : excerpt(got)}`;
}

/** The footer line, its line end included. */
export const encodeFooter = ({ frames, sha256 }: RecordingFooter): string =>
  `{"frames":${frames},"sha256":"${sha256}"}\n`;

const FOOTER_START = Buffer.from('{"frames"');

/** Whether a line is intended as a footer. */
export function beginsLikeFooter(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < FOOTER_START.length) return false;
  for (let k = 0; k < FOOTER_START.length; k += 1) if (bytes[start + k] !== FOOTER_START[k]) return false;
  return true;
}

/** The footer in a line given without its line end. Only one spelling is valid, because the hash does not cover the footer. */
export function decodeFooter(line: Uint8Array): Decoded<RecordingFooter> {
  const text = Buffer.from(line.subarray(0, 256)).toString('latin1');
  const match = /^\{"frames":(\d+),"sha256":"([0-9a-f]{64})"\}$/.exec(text);
  const frames = readWholeNumber(match?.[1] ?? '');
  if (match === null || Number.isNaN(frames)) {
    return refused(`expected the footer {"frames":…,"sha256":"…"}, got ${excerpt(text)}`);
  }
  return decoded({ frames, sha256: match[2] as string });
}
