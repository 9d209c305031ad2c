/**
 * Which flows of a recording are played: by number, or by the addresses of client and server.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { formatHostPort, readHostPort } from '../../../src/base/quantities.ts';
import { plainAddress } from '../conversationFormat.ts';
import type { FlowAddresses } from '../conversationFormat.ts';
import { FLOW_LIMIT } from '../format.ts';

/** A flow by number, or by addresses. */
export type FlowChoice = number | FlowAddresses;

/** Reads `3`, `1,4,7` or `CLIENT,SERVER` with addresses. @throws UsageError for anything else */
export function readFlowChoice(text: string, option: string): readonly FlowChoice[] {
  const words = text.split(',').map((word) => word.trim());
  const numbers = words.map((word) => (/^[1-9]\d{0,4}$/.test(word) ? Number(word) : Number.NaN));
  if (numbers.every((number) => number <= FLOW_LIMIT)) return numbers;
  const [client = '', server = ''] = words;
  if (words.length !== 2 || ![client, server].every((word) => /:\d+$/.test(word))) {
    throw new UsageError(
      'value-format',
      option,
      `expected a flow's number from 1 to ${FLOW_LIMIT}, several with commas, or its CLIENT,SERVER as HOST:PORT,HOST:PORT, got "${text}"; ` +
        'give numbers, or two addresses',
    );
  }
  const written = (word: string): string => {
    const { host, port } = readHostPort(word, option);
    return plainAddress(formatHostPort(host, port));
  };
  return [{ client: written(client), server: written(server) }];
}

/** Whether a flow is among those chosen. */
export const isChosen = (
  choices: readonly FlowChoice[],
  number: number,
  { client, server }: FlowAddresses,
): boolean =>
  choices.some((choice) =>
    typeof choice === 'number' ? choice === number : choice.client === client && choice.server === server,
  );

/** `3`, or `3 (10.0.0.1:40000,10.0.0.2:53)` where the recording has the addresses. */
export const formatFlow = (number: number, { client, server }: FlowAddresses): string =>
  client === null || server === null ? `${number}` : `${number} (${client},${server})`;

/** Maximum number of flows that are named one by one. */
const MAX_NAMED = 8;

/** @throws UsageError: the recording does not have the flow that was chosen */
export function refuseChoice(
  path: string,
  choice: FlowChoice,
  flows: readonly (FlowAddresses & { readonly number: number })[],
): never {
  const names = flows.slice(0, MAX_NAMED).map((flow) => formatFlow(flow.number, flow));
  if (flows.length > MAX_NAMED) names.push('…');
  const got = typeof choice === 'number' ? `${choice}` : `${choice.client},${choice.server}`;
  throw new UsageError(
    'recording-unsuitable',
    '--flow',
    `expected a flow of ${path}, got ${got}; it has ${names.join(', ') || 'none'}`,
  );
}
