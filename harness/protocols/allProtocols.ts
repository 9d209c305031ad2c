/**
 * All protocols. A new one is listed here.
 */
import { UsageError } from '../../src/base/errors.ts';
import { isNear } from '../../src/base/near.ts';
import { anyProgram } from './any.ts';
import { fieldProtocol } from './field.ts';
import { matchstream } from './matchstream.ts';
import type { Protocol } from './protocol.ts';
import { rtpProtocol } from './rtp.ts';

/** Name (the text before a `:` or `/`) → reader of the protocol. */
const READERS: Readonly<Record<string, (text: string, option: string) => Protocol>> = {
  matchstream: alone(matchstream),
  any: alone(anyProgram),
  rtp: rtpProtocol,
  field: fieldProtocol,
};

/** The syntax, for messages. */
const GRAMMAR = 'matchstream, any, rtp, rtp/CLOCK or field:TYPE@OFFSET';

/** A protocol without settings. */
function alone(protocol: Protocol) {
  return (text: string, option: string): Protocol =>
    text === protocol.text ? protocol : refuse(text, option);
}

/**
 * Reads a protocol as it is written on the command line.
 * @param option its name in messages
 * @throws UsageError
 */
export function readProtocol(text: string, option: string): Protocol {
  const name = text.split(/[:/]/, 1)[0] as string;
  return Object.hasOwn(READERS, name)
    ? (READERS[name] as (typeof READERS)[string])(text, option)
    : refuse(text, option);
}

function refuse(text: string, option: string): never {
  const [name = '', ...rest] = text.split(/(?=[:/])/);
  const near = Object.keys(READERS).find((known) => isNear(known, name.toLowerCase()));
  const suggestion = near === undefined || near === name ? '' : `; did you mean ${near}${rest.join('')}?`;
  throw new UsageError('unknown-choice', option, `expected ${GRAMMAR}, got "${text}"${suggestion}`);
}

/** One protocol down, another up: neither may have a registration, which needs both directions. */
export const withProtocolUp = (down: Protocol, up: Protocol): Protocol => ({
  ...down,
  text: `${down.text}, up ${up.text}`,
  up: up.up,
  notes: [...new Set([...down.notes, ...up.notes])],
  open: (believes) => ({ ...down.open(believes), up: up.open(believes).up }),
});
