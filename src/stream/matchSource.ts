/**
 * The seeded match as a stream of datagrams: match after match, encoded as they are needed.
 *
 * Counts must be requested in rising order. It keeps one match, so an endless stream takes constant memory.
 */
import * as check from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import { UsageError } from '../base/errors.ts';
import { matchSeed, simulateMatch } from '../match/simulate.ts';
import type { MatchOptions } from '../match/simulate.ts';
import { DEFAULT_SQUADS } from '../match/data/inventedSquads.ts';
import { checkSquads } from '../match/squads.ts';
import type { MatchEvent } from '../match/types.ts';
import { worstMatchEvent } from '../match/worst.ts';
import {
  prepareStreamTemplate,
  prepareStreamTemplates,
  templateLength,
  templateMaxLength,
  writeStreamDatagram,
} from '../protocol/stream.ts';
import type { StreamContent, StreamTemplate } from '../protocol/stream.ts';
import { MAX_DATAGRAM_BYTES } from '../net/batch.ts';
import type { DatagramBatch } from '../net/batch.ts';
import type { StreamSource } from '../net/source.ts';

/** Largest datagram without a given size, bytes: below every usual MTU, so that nothing is fragmented. */
export const DEFAULT_MAX_DATAGRAM_BYTES = 1200;

export interface MatchSourceOptions extends MatchOptions {
  readonly seed: string;
  /** Media time between two datagrams, nanoseconds; 0 when everything is due at once. */
  readonly intervalNs: number;
  /** Whole matches to play; 0 plays for ever. Default 1. */
  readonly matches?: number;
  /** Exact number of datagrams, over as many matches as needed. Overrides `matches`. */
  readonly messages?: number;
  /** Pads every datagram with spaces to this size, bytes. Default: no padding. */
  readonly datagramSizeBytes?: number;
  /** Whether datagrams carry `message.check`. */
  readonly check?: boolean;
}

const CHECKS: Checks<MatchSourceOptions> = {
  seed: check.text,
  intervalNs: check.timeNs,
  matches: check.optional(check.whole(0)),
  messages: check.optional(check.whole(1)),
  squads: check.optional(checkSquads),
  phrases: check.optional(check.oneOf('en', 'pt')),
  datagramSizeBytes: check.optional(check.whole(1, MAX_DATAGRAM_BYTES)),
  check: check.optional(check.flag),
};

/** A match event as it goes on the wire. */
export function streamContent(event: MatchEvent, teams: readonly [string, string]): StreamContent {
  const [a, b] = event.lineups;
  return {
    score: `${teams[0]} ${event.score[0]} - ${event.score[1]} ${teams[1]}`,
    content: event.phrase,
    type: event.type,
    minute: event.minute,
    teamA: a.players,
    teamB: b.players,
    goalkeeperA: a.goalkeeper,
    goalkeeperB: b.goalkeeper,
  };
}

export class MatchSource implements StreamSource {
  readonly total: number;
  readonly intervalNs: number;
  readonly #options: MatchSourceOptions;
  readonly #check: boolean;
  readonly #sizeBytes: number;
  #match = 0;
  /** Count of the first event of the current match. */
  #firstCount = 1;
  #templates: StreamTemplate[] = [];

  /**
   * Throws UsageError for an invalid option, and when the longest datagram that the squads can give exceeds the size.
   */
  constructor(options: MatchSourceOptions) {
    check.shape(CHECKS)(options, 'MatchSource');
    this.#options = options;
    this.intervalNs = options.intervalNs;
    this.#check = options.check ?? false;
    this.#sizeBytes = options.datagramSizeBytes ?? 0;
    this.#checkSize();
    this.total = options.messages ?? this.#countEvents(options.matches ?? 1);
  }

  mediaTimeNs(count: number): number {
    return (count - 1) * this.intervalNs;
  }

  append(batch: DatagramBatch, count: number, dueNs: number): boolean {
    const template = this.#template(count);
    const atUs = Math.floor(this.mediaTimeNs(count) / 1e3);
    if (!batch.fits(this.#sizeBytes === 0 ? templateLength(template, count, atUs) : this.#sizeBytes))
      return false;
    batch.commit(
      writeStreamDatagram(template, count, atUs, batch.bytes, batch.usedBytes, this.#sizeBytes),
      dueNs,
    );
    return true;
  }

  #template(count: number): StreamTemplate {
    if (count < this.#firstCount)
      throw new Error(`datagram ${count} was asked for after ${this.#firstCount}`);
    while (count >= this.#firstCount + this.#templates.length) {
      this.#firstCount += this.#templates.length;
      this.#match += 1;
      this.#templates = this.#play(this.#match);
    }
    return this.#templates[count - this.#firstCount] as StreamTemplate;
  }

  #play(number: number): StreamTemplate[] {
    const match = simulateMatch(matchSeed(this.#options.seed, number), this.#matchOptions());
    return prepareStreamTemplates(
      match.events.map((event) => streamContent(event, match.teams)),
      this.#check,
    );
  }

  #matchOptions(): MatchOptions {
    const { squads, phrases } = this.#options;
    return { ...(squads && { squads }), ...(phrases && { phrases }) };
  }

  #countEvents(matches: number): number {
    if (matches === 0) return Number.POSITIVE_INFINITY;
    let events = 0;
    for (let number = 1; number <= matches; number += 1) {
      events += simulateMatch(matchSeed(this.#options.seed, number), this.#matchOptions()).events.length;
    }
    return events;
  }

  #checkSize(): void {
    const squads = this.#options.squads ?? DEFAULT_SQUADS;
    const worst = worstMatchEvent(squads, this.#options.phrases ?? 'en');
    const teams: [string, string] = [squads.teams[0].name, squads.teams[1].name];
    const maxBytes = templateMaxLength(prepareStreamTemplate(streamContent(worst, teams), this.#check));
    const sizeBytes = this.#options.datagramSizeBytes ?? DEFAULT_MAX_DATAGRAM_BYTES;
    if (maxBytes > sizeBytes) {
      const got = this.#options.datagramSizeBytes;
      throw new UsageError(
        'value-range',
        '--datagram-size',
        `expected ${maxBytes} or more, the longest datagram that these squads can give, ` +
          `got ${got ?? `none, which is at most ${sizeBytes}`}; say --datagram-size ${maxBytes}, or choose shorter names`,
      );
    }
  }
}
