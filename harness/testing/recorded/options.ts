/**
 * The options of `recorded`: whether it records or plays, and the file. Pure but for the scenario file that it may read.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as check from '../../../src/base/arguments.ts';
import { readHostPort } from '../../../src/base/quantities.ts';
import { knobsAmong } from '../../impairment/chosenKnobs.ts';
import { formatKnobs } from '../../impairment/knobs.ts';
import { settingsOver } from '../../impairment/phases.ts';
import { NO_BYTES, readByteRanges } from '../../recording/conversation/byteRanges.ts';
import type { ByteRanges } from '../../recording/conversation/byteRanges.ts';
import { checkOptions, readNetworkOptions } from '../lossyOptions.ts';
import type { NetworkOptions, NetworkSettings } from '../lossyOptions.ts';
import { chooseSeed } from '../seed.ts';

/** `once`: plays the recording, and makes it where there is none; `none`: plays it, or fails; `all`: makes it anew. */
export type RecordMode = 'once' | 'none' | 'all';

/** Knobs impair what is played, never what is recorded. */
export interface RecordedOptions extends NetworkOptions {
  /** Where the real server is, `127.0.0.1:5000`; or what starts it and says where it is. Only a recording asks for it. */
  readonly upstream: string | (() => string | Promise<string>);
  /** The environment's MATCHSTREAM_RECORD wins; default `once`. */
  readonly mode?: RecordMode;
  /** Where recordings are, by default `recordings`; a path, or a URL such as `new URL('./recordings', import.meta.url)`. */
  readonly folder?: string | URL;
  /** Bytes of requests that are not compared, such as `0..1,8..11`, both ends included. */
  readonly ignore?: string;
  /** Bytes that an answer copies from its request. */
  readonly echo?: string;
  /** Of what is played: 1 as recorded, 2 twice as fast; by default 0, at once. */
  readonly speed?: number;
  /** Called with what one should know, a line each; by default it is written to the error output. */
  readonly notice?: (line: string) => void;
}

export interface RecordedSettings extends NetworkSettings {
  readonly upstream: RecordedOptions['upstream'];
  readonly mode: RecordMode;
  /** Whether a missing recording may be made: not in CI, unless the environment says so. */
  readonly mayRecord: boolean;
  readonly path: string;
  readonly ignored: ByteRanges;
  readonly echoed: ByteRanges;
  /** The same as written; null if not given. */
  readonly ignore: string | null;
  readonly echo: string | null;
  readonly speed: number;
  /** Whether any knob is on, at the beginning or in a later phase. */
  readonly isImpaired: boolean;
  /** The path of the scenario file; null without one. */
  readonly scenario: string | null;
  /** Whether no knob stands beside it. */
  readonly isScenarioAlone: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const CALL = 'recorded';
const FOLDER = 'recordings';
const MODES = ['once', 'none', 'all'] as const;
const MODE_VARIABLE = 'MATCHSTREAM_RECORD';
/** File systems take 255 bytes. */
const MAX_NAME_BYTES = 200;

const upstream: check.Check = (value, name) => {
  if (typeof value === 'string') readHostPort(value, name);
  else if (typeof value !== 'function')
    check.refuseValue(name, 'HOST:PORT, or a function that returns it', value);
};

const folder: check.Check = (value, name) => {
  if (!(value instanceof URL)) check.path(value, name);
  else if (value.protocol !== 'file:')
    check.refuseValue(name, 'a path, or a URL that begins with file:', value.href);
};

const OWN = {
  upstream,
  mode: check.optional(check.oneOf(...MODES)),
  folder: check.optional(folder),
  ignore: check.optional(check.text),
  echo: check.optional(check.text),
  speed: check.optional(check.speed),
  notice: check.optional(check.callback),
};

/** @throws UsageError for a name that gives no file, an unknown key, and a value that cannot be read */
export function readRecordedOptions(
  name: string,
  options: RecordedOptions,
  environment: Environment,
): RecordedSettings {
  check.text(name, `${CALL}: name`);
  checkOptions(CALL, options, OWN, "{ upstream: '127.0.0.1:5000' }");
  const { ignore = null, echo = null, speed = 0, folder: given = FOLDER } = options;
  const network = readNetworkOptions(CALL, options, chooseSeed(options.seed, name, environment));
  const place = given instanceof URL ? fileURLToPath(given) : given;
  const { impairment } = network;
  const settings = [...settingsOver(impairment, 'down'), ...settingsOver(impairment, 'up')];
  return {
    ...network,
    upstream: options.upstream,
    ...chooseMode(options.mode, environment),
    path: join(place, fileNameOf(name)),
    ignore,
    echo,
    ignored: ignore === null ? NO_BYTES : readByteRanges(ignore, `${CALL}: ignore`),
    echoed: echo === null ? NO_BYTES : readByteRanges(echo, `${CALL}: echo`),
    speed,
    scenario: options.scenario ?? null,
    isScenarioAlone: Object.keys({ ...knobsAmong(options), ...options.down, ...options.up }).length === 0,
    isImpaired: settings.some((config) => formatKnobs(config) !== ''),
  };
}

function chooseMode(
  given: RecordMode | undefined,
  environment: Environment,
): Pick<RecordedSettings, 'mode' | 'mayRecord'> {
  const { [MODE_VARIABLE]: fromOutside = '', CI: ci = '' } = environment;
  if (fromOutside !== '') {
    check.oneOf(...MODES)(fromOutside, MODE_VARIABLE);
    return { mode: fromOutside as RecordMode, mayRecord: fromOutside !== 'none' };
  }
  const mode = given ?? 'once';
  const isCi = !['', '0', 'false'].includes(ci.toLowerCase());
  return { mode, mayRecord: mode === 'all' || (mode === 'once' && !isCi) };
}

/** Letters and digits of a test's name, in lower case: `asks for its words!` is `asks-for-its-words.jsonl`. */
export function fileNameOf(name: string): string {
  const words =
    name
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const stem = words.join('-');
  if (stem === '' || Buffer.byteLength(stem) > MAX_NAME_BYTES)
    check.refuseValue(
      `${CALL}: name`,
      `letters and digits, for they name the file, at most ${MAX_NAME_BYTES} bytes`,
      name,
    );
  return `${stem}.jsonl`;
}
