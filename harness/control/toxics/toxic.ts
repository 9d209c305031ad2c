/**
 * A toxic: what its name, type, stream, toxicity and attributes say, read from a request and told in an answer.
 */
import type { Knobs } from '../../impairment/knobs.ts';
import type { Direction } from '../../impairment/schedule.ts';
import {
  ApiError,
  badBody,
  numberField,
  objectField,
  readObject,
  refuseOtherKeys,
  textField,
} from '../apiError.ts';
import type { Body } from '../apiError.ts';
import { checkType, meaningOf } from './toxicTypes.ts';
import type { FlowAct } from './toxicTypes.ts';

export type Stream = 'upstream' | 'downstream';

export interface Toxic {
  readonly name: string;
  readonly type: string;
  readonly stream: Stream;
  /** The share of flows that it acts on, 0 to 1. */
  readonly toxicity: number;
  readonly attributes: Body;
  readonly knobs: Knobs;
  readonly act: FlowAct | null;
}

/** As clients know it. */
export type ToxicAnswer = Pick<Toxic, 'attributes' | 'name' | 'type' | 'stream' | 'toxicity'>;

const MAX_NAME = 256;

const KEYS = ['name', 'type', 'stream', 'toxicity', 'attributes'];

/** @throws ApiError for a name that no path can have */
export function checkName(name: string): string {
  if (name.length > MAX_NAME)
    throw badBody(`name: expected at most ${MAX_NAME} characters, got ${name.length}`);
  if (name === '.' || name === '..' || /\p{Surrogate}/u.test(name))
    throw badBody(`name: expected one that a path can have, got "${name}"`);
  return name;
}

export const directionOf = ({ stream }: Pick<Toxic, 'stream'>): Direction =>
  stream === 'upstream' ? 'up' : 'down';

function readStream(text: string): Stream {
  const stream = text.toLowerCase();
  if (stream === 'upstream' || stream === 'downstream') return stream;
  throw new ApiError(400, 'stream was invalid, can be either upstream or downstream');
}

function readToxicity(body: Body, before: number): number {
  const toxicity = numberField(body, 'toxicity') ?? before;
  if (toxicity >= 0 && toxicity <= 1) return toxicity;
  throw badBody(`toxicity: expected a number from 0 to 1, got ${toxicity}`);
}

/**
 * A new toxic. What is wrong is said in toxiproxy's order: the stream, the type, the name, the attributes.
 * @param isTaken whether a name has been given already
 */
export function readToxic(value: unknown, isTaken: (name: string) => boolean): Toxic {
  const body = readObject(value);
  const type = textField(body, 'type') ?? '';
  const given = textField(body, 'name') ?? '';
  const attributes = objectField(body, 'attributes') ?? {};
  const toxicity = readToxicity(body, 1);
  const stream = readStream(textField(body, 'stream') ?? 'downstream');
  const name = checkName(given === '' ? `${type}_${stream}` : given);
  checkType(type);
  if (isTaken(name)) throw new ApiError(409, 'toxic already exists');
  refuseOtherKeys('toxic', body, KEYS);
  return { name, type, stream, toxicity, ...meaningOf(type, attributes) };
}

/** The toxic with what a request changes: attributes are merged, toxicity is replaced. */
export function updatedToxic(toxic: Toxic, value: unknown): Toxic {
  const body = readObject(value);
  const more = objectField(body, 'attributes') ?? {};
  const toxicity = readToxicity(body, toxic.toxicity);
  refuseOtherKeys('toxic', body, KEYS);
  const attributes: Record<string, unknown> = { ...toxic.attributes };
  for (const [key, one] of Object.entries(more)) {
    if (one === null) continue;
    const known = Object.keys(attributes).find((name) => name.toLowerCase() === key.toLowerCase());
    attributes[known ?? key] = one;
  }
  return { ...toxic, toxicity, ...meaningOf(toxic.type, attributes) };
}

export const toxicAnswer = ({ attributes, name, type, stream, toxicity }: Toxic): ToxicAnswer => ({
  attributes,
  name,
  type,
  stream,
  toxicity,
});

/** Those of the way up come first, each in the order of their creation. */
export const inOrder = (toxics: readonly Toxic[]): Toxic[] => [
  ...toxics.filter(({ stream }) => stream === 'upstream'),
  ...toxics.filter(({ stream }) => stream === 'downstream'),
];
