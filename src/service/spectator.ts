/**
 * Decodes stream datagrams and formats them as text or JSON.
 *
 * It writes nothing itself. Datagrams that cannot be decoded are counted and not shown.
 */
import type { Decoded } from '../base/errors.ts';
import { jsonText } from '../base/escape.ts';
import { formatEvent } from '../display/event.ts';
import { formatLineups } from '../display/lineups.ts';
import type { EventView, PlayerView } from '../display/view.ts';
import type { LineOptions } from '../display/wrap.ts';
import { eventKind } from '../match/kinds.ts';
import { decodeOriginalMessage } from '../protocol/original.ts';
import { decodeStreamMessage } from '../protocol/stream.ts';
import type { StreamContent, WirePlayer } from '../protocol/stream.ts';

type Readable = StreamContent & { readonly count: number };

export class Spectator {
  /** Datagrams with a count that are no stream message. */
  undecodable = 0;
  readonly #original: boolean;
  #previous: EventView | null = null;

  constructor(original: boolean) {
    this.#original = original;
  }

  /** The lines to show for a datagram, without the last line break; null when it cannot be decoded. */
  lines(payload: Uint8Array, options: LineOptions): string | null {
    const message = this.#decode(payload);
    if (!message.ok) {
      this.undecodable += 1;
      return null;
    }
    const view = viewOf(message.value);
    const lineups = formatLineups(view, this.#previous, options);
    this.#previous = view;
    const event = formatEvent(view, options);
    return lineups === '' ? event : `${event}\n${lineups}`;
  }

  /** What a datagram says; null when it cannot be decoded. */
  view(payload: Uint8Array): EventView | null {
    const message = this.#decode(payload);
    return message.ok ? viewOf(message.value) : null;
  }

  /** One JSON object for a program; null when the datagram cannot be decoded. */
  json(payload: Uint8Array): string | null {
    const message = this.#decode(payload);
    if (message.ok) return jsonText({ event: message.value });
    this.undecodable += 1;
    return null;
  }

  #decode(payload: Uint8Array): Decoded<Readable> {
    return this.#original ? decodeOriginalMessage(payload) : decodeStreamMessage(payload);
  }
}

const playerView = ({ name, goalMinutes, yellowMinute, redMinute }: WirePlayer): PlayerView => ({
  name,
  goalMinutes: [...goalMinutes],
  yellowMinute,
  redMinute,
});

function viewOf(message: Readable): EventView {
  const names = /^(.*) \d+ - \d+ (.*)$/su.exec(message.score);
  return {
    count: message.count,
    minute: message.minute,
    phrase: message.content,
    score: message.score,
    kind: eventKind(message.type) ?? 'other',
    teams: [
      {
        name: names?.[1] ?? null,
        players: message.teamA.map(playerView),
        goalkeeper: playerView(message.goalkeeperA),
      },
      {
        name: names?.[2] ?? null,
        players: message.teamB.map(playerView),
        goalkeeper: playerView(message.goalkeeperB),
      },
    ],
  };
}
