/**
 * The proxy's protocol: the options and the keys of a scenario file that choose it.
 */
import { UsageError } from '../../src/base/errors.ts';
import type { Scenario } from '../impairment/scenario.ts';
import { readProtocol, withProtocolUp } from '../protocols/allProtocols.ts';
import { matchstream } from '../protocols/matchstream.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { read } from './declare.ts';
import type { ValuesOf } from './declare.ts';

/** The default protocol. */
const DEFAULT_PROTOCOL = matchstream;

/** The protocols of a scenario file. */
export interface ScenarioProtocols extends Pick<Scenario, 'protocol' | 'protocolUp'> {
  readonly file: string;
}

/** An option for a protocol. */
export const protocolOption = (name: string, description: string) =>
  read(`${name} <which>`, description, readProtocol);

export const PROTOCOL_OPTIONS = {
  protocol: protocolOption(
    '--protocol',
    'what gives a datagram its index: matchstream, its count, a port a client; any, the order of arrival; ' +
      'rtp or rtp/CLOCK, its sequence number; field:TYPE@OFFSET[=FIRST][+STEP], such as field:u32be@8, a header field ' +
      `(default: ${DEFAULT_PROTOCOL.text})`,
  ),
  protocolUp: protocolOption(
    '--protocol-up',
    'the same for what goes to the server, where that is another one; not beside matchstream',
  ),
};

/**
 * Flags win: `--protocol` overrides both keys of a scenario file, `--protocol-up` its own key.
 * @param scenario the protocols of a scenario file; null without one
 * @throws UsageError
 */
export function chooseProtocol(
  options: ValuesOf<typeof PROTOCOL_OPTIONS>,
  scenario: ScenarioProtocols | null,
): Protocol {
  const inFile = options.protocol === undefined ? scenario : null;
  const down = options.protocol ?? fromFile(inFile, 'protocol') ?? DEFAULT_PROTOCOL;
  const up = options.protocolUp ?? fromFile(inFile, 'protocolUp');
  if (up === undefined) return down;
  const where = options.protocolUp === undefined ? `${inFile?.file}: protocolUp` : '--protocol-up';
  const registering = [down, up].find(({ admission }) => admission === 'registration');
  if (registering !== undefined) {
    throw new UsageError(
      'conflict',
      where,
      `expected any, rtp or a field for both ways, got ${registering.text}, whose clients register, which takes ` +
        `both; ${registering === down ? 'name the protocol of the way down, too' : 'name another one'}, or leave it out`,
    );
  }
  return withProtocolUp(down, up);
}

function fromFile(scenario: ScenarioProtocols | null, key: 'protocol' | 'protocolUp'): Protocol | undefined {
  const text = scenario?.[key] ?? null;
  return text === null ? undefined : readProtocol(text, `${scenario?.file}: ${key}`);
}

/**
 * Refuses a scenario file for another protocol if our own server streams.
 * @throws UsageError
 */
export function refuseOtherProtocols(scenario: ScenarioProtocols | null): void {
  const protocol = chooseProtocol({}, scenario);
  if (protocol === matchstream) return;
  throw new UsageError(
    'conflict',
    `${scenario?.file}: protocol`,
    `expected ${matchstream.text}, got ${protocol.text}; what is played are streams of ` +
      'matchstream: leave the key out, or say --exec-protocol beside --exec',
  );
}
