/**
 * The changes of one proxy's conditions, the latest first.
 */
import type { JournalEntry } from './journal.ts';
import { clockText, countText } from './words.ts';

interface EpochsProps {
  readonly entries: readonly JournalEntry[];
  /** Changes of any proxy that came too fast to be told. */
  readonly untold: number;
  /** The page's time at the program's start, milliseconds. */
  readonly startMs: number;
}

export function Epochs({ entries, untold, startMs }: EpochsProps) {
  return (
    <>
      <h3 class="part">Changes</h3>
      {untold > 0 && (
        <p class="about">{countText(untold)} came too fast to be listed here; they stand in the journal.</p>
      )}
      {entries.length === 0 ? (
        <p class="about">None so far: the conditions are those that it began with.</p>
      ) : (
        <div class="epochs" role="log" aria-label="Changes, the latest first" tabIndex={0}>
          <ol>
            {entries.toReversed().map(({ key, atS, epoch, text }) => (
              <li key={key}>
                <time>{atS === null ? 'at first' : clockText(startMs + atS * 1e3)}</time>{' '}
                {epoch !== null && <b>{countText(epoch)}</b>} <code>{text}</code>
              </li>
            ))}
          </ol>
        </div>
      )}
    </>
  );
}
