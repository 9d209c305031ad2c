/**
 * What a played conversation differs in, in words: for the terminal, and for a test that fails.
 */
import { sum } from '../../src/base/figures.ts';
import type { ByteRanges } from '../recording/conversation/byteRanges.ts';
import { formatDifference } from '../recording/conversation/difference.ts';
import { faultCount, isFault } from './playedConversation.ts';
import type { PlayedConversation } from './playedConversation.ts';

/** Maximum number of differences that are told. */
const MAX_DIFFERENCES = 20;

/** What fails the run, a few lines and then a count; none if nothing does. */
export function faultLines(played: PlayedConversation, ignored: ByteRanges): string[] {
  const what = played.side === 'clients' ? 'answer' : 'request';
  const lines = played.differences
    .filter((difference) => isFault(played, difference))
    .slice(0, MAX_DIFFERENCES)
    .map((difference) => formatDifference(difference, what, ignored));
  const more = faultCount(played) - lines.length;
  return more > 0 ? [...lines, `and ${more} more difference${more === 1 ? '' : 's'}`] : lines;
}

/** The recorded datagrams that did not come, a few lines and then a count. */
export function missingLines(played: PlayedConversation, ignored: ByteRanges): string[] {
  const what = played.side === 'clients' ? 'answer' : 'request';
  const missing = sum(played.flows.map((flow) => flow.missing));
  const lines = played.differences
    .filter(({ kind }) => kind === 'missing')
    .slice(0, MAX_DIFFERENCES)
    .map((difference) => formatDifference(difference, what, ignored));
  const more = missing - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** What fails the run; then what only counts. */
export function formatDifferences(played: PlayedConversation, ignored: ByteRanges): string[] {
  const { side, flows, proxied } = played;
  const faults = faultLines(played, ignored);
  const lines = faults.length === 0 ? ['no difference'] : faults;
  const missing = sum(flows.map((flow) => flow.missing));
  const repeated = sum(flows.map((flow) => flow.repeated));
  if (proxied !== null && missing + repeated > 0)
    lines.push(
      `note: ${missing} missing and ${repeated} that came again are no difference: something is impaired`,
    );
  else if (side === 'server' && missing > 0)
    lines.push(
      `note: ${missing} recorded request${missing === 1 ? '' : 's'} did not come, which is no difference`,
    );
  const unsent = sum(flows.map((flow) => flow.unsent));
  if (unsent > 0) lines.push(`note: ${unsent} datagrams could not be sent: the system did not take them`);
  return lines;
}
