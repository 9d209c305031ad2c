/**
 * `proxy --record`: the file's name, and what is printed of it at the end.
 */
import { UsageError } from '../../src/base/errors.ts';
import { partialOf } from '../../src/files/atomicFile.ts';
import type { Clock } from '../../src/net/clock.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { checkUnfinished } from '../recording/tap/newFile.ts';
import { TapRecorder } from '../recording/tap/tapRecorder.ts';
import type { Recorded } from '../recording/tap/tapRecorder.ts';

const OPTION = '--record';
const NAMES = /\.(jsonl|pcapng)$/i;

/**
 * Makes the file.
 * @throws UsageError for a name that is taken, or of another kind; EnvironmentError if it cannot be made
 */
export async function openRecorder(
  path: string,
  clock: Clock,
  protocol: Protocol,
  notice: (line: string) => void,
): Promise<TapRecorder> {
  if (!NAMES.test(path)) {
    throw new UsageError(
      'value-format',
      OPTION,
      `expected a name that ends in .jsonl or .pcapng, got "${path}"; matchstream convert compresses it afterwards`,
    );
  }
  checkUnfinished(
    path,
    OPTION,
    (partial) => `save what it has by matchstream convert ${partial} OTHER.jsonl --recover`,
  );
  return await TapRecorder.start(path, clock, protocol.text, notice);
}

/** The lines of the closing table. */
export function formatRecorded({
  path,
  recorded,
  leftOut,
  refused,
  stragglers,
  failure,
}: Recorded): string[] {
  const lines = [
    `recorded: ${failure === null ? '' : 'at least '}${recorded} datagrams in ${failure === null ? path : partialOf(path)}, ${leftOut} left out` +
      `${refused > 0 ? `, ${refused} of flows with too high a number` : ''}`,
  ];
  if (stragglers > 0)
    lines.push(
      `recorded: ${stragglers} became known more than 10 ms late, and have the time of the one before`,
    );
  return lines;
}
