/**
 * Server-sent events for any number of pages: one state a second, made once and shared as bytes by all of them.
 *
 * It has no timer and no socket: `tick` is called from outside, and a page is a stream of bytes that somebody reads. A page
 * that does not read is dropped; nobody waits for it.
 */

/** Messages that may wait for a page before it is dropped: at one a second, so many seconds. */
export const MAX_WAITING = 8;
/** Pages at a time. */
export const MAX_PAGES = 100;
/** Events of one second; the oldest of more are left out, and how many is said. */
export const MAX_EVENTS = 200;

/** A page reconnects by itself after so long. */
const RETRY = 'retry: 2000\n\n';

interface Page {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly drop: () => void;
}

const ENCODER = new TextEncoder();

/** JSON has no line break, so it is one line of an event. */
const eventText = (name: string, data: unknown): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

export class EventStream {
  readonly #state: () => unknown;
  readonly #greeting: () => readonly (readonly [name: string, data: unknown])[];
  readonly #pages = new Set<Page>();
  /** Events since the last tick. */
  #events: string[] = [];
  #leftOut = 0;
  /** Pages that were dropped because they did not read. */
  #dropped = 0;
  #last: Uint8Array | null = null;

  /**
   * @param state what the pages show; asked for once a tick, and only while there are pages
   * @param greeting events that a new page gets before its first state, such as the last ones that happened
   */
  constructor(
    state: () => unknown,
    greeting: () => readonly (readonly [name: string, data: unknown])[] = () => [],
  ) {
    this.#state = state;
    this.#greeting = greeting;
  }

  get pages(): number {
    return this.#pages.size;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /**
   * A page's stream, with the last state as its first event; null if there are too many pages.
   * @param drop called when the page does not read, to break its connection
   */
  connect(drop: () => void = () => undefined): ReadableStream<Uint8Array> | null {
    if (this.#pages.size >= MAX_PAGES) return null;
    let page: Page | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          page = { controller, drop };
          this.#pages.add(page);
          const greeting = this.#greeting().map(([name, data]) => eventText(name, data));
          controller.enqueue(ENCODER.encode(`${RETRY}${greeting.join('')}`));
          this.#last ??= ENCODER.encode(eventText('state', this.#state()));
          controller.enqueue(this.#last);
        },
        cancel: () => {
          if (page !== undefined) this.#pages.delete(page);
        },
      },
      new CountQueuingStrategy({ highWaterMark: MAX_WAITING }),
    );
  }

  /** Something that happened; it is sent with the next state. */
  event(name: string, data: unknown): void {
    if (this.#pages.size === 0) return;
    this.#events.push(eventText(name, data));
    if (this.#events.length <= MAX_EVENTS) return;
    this.#events.shift();
    this.#leftOut += 1;
  }

  /** Sends what happened, and the state; once a second. */
  tick(): void {
    const events = this.#events;
    const leftOut = this.#leftOut;
    this.#events = [];
    this.#leftOut = 0;
    this.#last = null;
    if (this.#pages.size === 0) return;
    const state = eventText('state', this.#state());
    const before = leftOut === 0 ? '' : eventText('leftOut', { events: leftOut });
    this.#last = ENCODER.encode(state);
    const message = ENCODER.encode(`${before}${events.join('')}${state}`);
    for (const page of this.#pages) {
      if ((page.controller.desiredSize ?? 0) > 0) page.controller.enqueue(message);
      else this.#drop(page);
    }
  }

  /** Ends every page's stream, behind what it has not read yet. */
  close(): void {
    for (const { controller } of this.#pages) controller.close();
    this.#pages.clear();
  }

  #drop(page: Page): void {
    this.#pages.delete(page);
    this.#dropped += 1;
    page.controller.close();
    page.drop();
  }
}
