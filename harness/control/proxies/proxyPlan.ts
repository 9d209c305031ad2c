/**
 * A proxy as a request or a configuration file wants it: read, and checked against what may be listened on and sent to.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { isLoopback } from '../../../src/base/loopback.ts';
import { readHostPort } from '../../../src/base/quantities.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { readKnobs } from '../../impairment/knobs.ts';
import type { Knobs } from '../../impairment/knobs.ts';
import { readProtocol } from '../../protocols/allProtocols.ts';
import { isWithin } from '../access/addressRanges.ts';
import type { AddressRange } from '../access/addressRanges.ts';
import {
  ApiError,
  badBody,
  flagField,
  kindOf,
  missingField,
  objectField,
  readObject,
  refuseOtherKeys,
  textField,
} from '../apiError.ts';
import type { Body } from '../apiError.ts';
import { checkName } from '../toxics/toxic.ts';
import type { BaseKnobs } from '../toxics/toxicConditions.ts';
import type { ProxyOpener } from './proxyHandle.ts';

/** As it is wanted, in the words of the request. */
export interface ProxyPlan {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  /** Beyond toxiproxy's, what `matchstream proxy` takes under these names; null where it is not given. */
  readonly protocol: string | null;
  readonly seed: string | null;
  readonly base: BaseKnobs | null;
}

export const NO_KNOBS: BaseKnobs = { down: {}, up: {} };

/** What a proxy can be asked to be; toxiproxy's clients send back its toxics as well. */
export const CHANGEABLE = ['name', 'listen', 'upstream', 'enabled', 'toxics'];
const KEYS = [...CHANGEABLE, 'protocol', 'seed', 'down', 'up'];

/** Without one, any port of this machine alone. */
const ANY_PORT = '127.0.0.1:0';

/**
 * @param where in a message of what is missing, such as ` at proxy 2`
 * @throws ApiError or UsageError
 */
export function readProxyPlan(value: unknown, where = ''): ProxyPlan {
  const body = readObject(value);
  const given = (name: string): string => textField(body, name) ?? '';
  const name = given('name');
  const upstream = given('upstream');
  if (name === '') throw missingField(`name${where}`);
  if (upstream === '') throw missingField(`upstream${where}`);
  refuseOtherKeys(where === '' ? 'proxy' : where.replace(' at ', ''), body, KEYS);
  const protocol = textField(body, 'protocol') ?? null;
  if (protocol !== null) readProtocol(protocol, 'protocol');
  const isImpaired = objectField(body, 'down') !== undefined || objectField(body, 'up') !== undefined;
  return {
    name: checkName(name),
    upstream,
    listen: given('listen') === '' ? ANY_PORT : given('listen'),
    enabled: flagField(body, 'enabled') ?? true,
    protocol,
    seed: textField(body, 'seed') ?? null,
    base: isImpaired ? readBase(body, NO_KNOBS, where) : null,
  };
}

/** A list of them, as `/populate` and a configuration file have it. */
export function readProxyPlans(value: unknown): ProxyPlan[] {
  if (!Array.isArray(value)) throw badBody(`expected an array of proxies, got ${kindOf(value)}`);
  const plans = value.map((one: unknown, k) => readProxyPlan(one, ` at proxy ${k + 1}`));
  for (const [k, { name }] of plans.entries()) {
    const first = plans.findIndex((plan) => plan.name === name);
    if (first < k)
      throw new ApiError(
        409,
        `proxy already exists: ${JSON.stringify(name)} is the name of proxy ${first + 1} and ${k + 1}`,
      );
  }
  return plans;
}

/**
 * The knobs of each direction that a request gives, in the place of those before.
 * @param where as for a proxy
 */
export function readBase(body: Body, before: BaseKnobs, where = ''): BaseKnobs {
  const knobsOf = (direction: 'down' | 'up'): Knobs => {
    const given = objectField(body, direction);
    if (given === undefined) return before[direction];
    const knobs = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as Knobs;
    readKnobs(knobs, (name) => `${direction}.${name}${where}`, `${direction}${where}`);
    return knobs;
  };
  return { down: knobsOf('down'), up: knobsOf('up') };
}

/** Where proxies may listen and send to, besides this machine's loopback addresses. */
export interface Reach {
  readonly listen: readonly AddressRange[];
  readonly upstream: readonly AddressRange[];
}

/**
 * Where a proxy listens or sends to, in numbers.
 * @param reach null where nobody has to allow it
 * @throws UsageError for an address that is not allowed
 */
export async function resolveEnd(
  what: keyof Reach,
  text: string,
  reach: Reach | null,
  resolve: ProxyOpener['resolve'],
): Promise<Peer> {
  const { host, port } = readHostPort(text, what);
  if (port === 0 && what === 'upstream')
    throw new UsageError('value-range', what, 'expected a port from 1 to 65535, got 0');
  const address = await resolve(host, what);
  if (reach === null || isLoopback(address) || isWithin(address, reach[what])) return { address, port };
  throw new UsageError(
    'value-range',
    what,
    `expected an address of loopback, or one that was allowed, got ${address}; start matchstream with --allow-${what} ${address}`,
  );
}
