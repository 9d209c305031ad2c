/**
 * The scoreboard of a client at a terminal: it looks at what has arrived a few times a second, and draws it in place.
 *
 * Nothing is decoded or drawn for a datagram that nobody would see.
 */
import { healthWords } from '../display/closing.ts';
import { RecentRate } from '../display/recentRate.ts';
import { formatScoreboard } from '../display/scoreboard.ts';
import type { Word } from '../display/wrap.ts';
import { printStyled, showStatus, statusScreen } from '../files/terminal.ts';
import type { Screen } from '../files/terminal.ts';
import { wantsUnicode } from '../files/colour.ts';
import type { Statistics } from '../metrics/catalogue.ts';
import { startTimer } from '../net/timer.ts';
import type { DatagramBatch } from '../net/batch.ts';
import { RecentPayloads } from './recentPayloads.ts';
import type { Spectator } from './spectator.ts';

/** As many events as a large terminal shows. */
const KEPT = 48;
const REDRAW_MS = 250;
/** Rows of the board that stays at the end, besides those of the closing lines. */
const CLOSING_ROWS = 16;

export class LiveScoreboard {
  readonly #spectator: Spectator;
  readonly #title: string;
  readonly #everyMs: number;
  readonly #payloads = new RecentPayloads(KEPT);
  readonly #rate = new RecentRate();
  #measured: () => Statistics | null = () => null;
  #callOff: () => void = () => undefined;

  /** @param everyMs how often it is drawn; undefined for the default */
  constructor(spectator: Spectator, title: string, everyMs: number = REDRAW_MS) {
    this.#spectator = spectator;
    this.#title = title;
    this.#everyMs = everyMs;
  }

  /** Begins to draw. @param measured what the client has measured so far; null before it is registered */
  begin(measured: () => Statistics | null): void {
    this.#measured = measured;
    this.#tick();
  }

  add(count: number, batch: DatagramBatch, row: number): void {
    this.#payloads.add(count, batch, row);
  }

  /** Draws no more. The last board stays, if there was a match. */
  end(): void {
    this.#callOff();
    showStatus(null);
    const screen = statusScreen();
    if (screen === null || this.#payloads.latest === null) return;
    printStyled(this.#lines({ ...screen, rows: Math.min(CLOSING_ROWS, screen.rows - 1) }).join('\n'));
  }

  #tick(): void {
    this.#callOff = startTimer(() => this.#tick(), this.#everyMs);
    const screen = statusScreen();
    if (screen !== null) showStatus(this.#lines({ ...screen, rows: screen.rows - 1 }));
  }

  #lines({ columns, rows, colour }: Screen): string[] {
    const statistics = this.#measured();
    const latest = this.#payloads.latest;
    const view = {
      title: this.#title,
      latest: latest === null ? null : this.#spectator.view(latest),
      recent: this.#payloads.recent().flatMap((payload) => this.#spectator.view(payload) ?? []),
      health: this.#health(statistics),
    };
    return formatScoreboard(view, { columns, rows, colour, unicode: wantsUnicode() });
  }

  #health(statistics: Statistics | null): Word[] {
    if (statistics === null) return [{ text: 'registering', style: 'dim' }];
    const received = statistics.received ?? 0;
    if (received === 0) return [{ text: 'registered; waiting for the first datagram', style: 'dim' }];
    const perMs = this.#rate.perMs('received', performance.now(), received);
    return healthWords(statistics, perMs === null ? null : perMs * 1e3);
  }
}
