/**
 * Writes the events of a server to its log, bounded whatever arrives: any peer can register, leave and be refused at
 * will.
 *
 * It only observes the server.
 */
import type { Log } from '../files/logFile.ts';
import { formatHostPort } from '../base/quantities.ts';
import type { ServerEvent } from '../stream/serverEndpoint.ts';
import { BoundedNotices, andLeftOut } from './boundedNotices.ts';

/** Limit of refusals for each reason. */
const REFUSALS = { burst: 10, periodNs: 10e9 };
/** Limit of clients that come and go: a burst is larger than any registry. */
const MEMBERS = { burst: 10_000, periodNs: 1e9 };

export class ServerLog {
  readonly #log: Log;
  readonly #observeRefusal: ((text: string) => void) | undefined;
  readonly #refusals = new BoundedNotices(REFUSALS);
  readonly #members = new BoundedNotices(MEMBERS);
  readonly #reasons = new Set<string>();

  /** @param observeRefusal called for the first refusal of each reason */
  constructor(log: Log, observeRefusal?: (text: string) => void) {
    this.#log = log;
    this.#observeRefusal = observeRefusal;
  }

  handle(event: ServerEvent, nowNs: number): void {
    switch (event.kind) {
      case 'stream started':
        return this.#log.line(nowNs, `stream started for ${event.clients} clients`);
      case 'stream ended':
        return this.#log.line(nowNs, `stream ended at message ${event.count}`);
      case 'refused': {
        const leftOut = this.#refusals.admit(event.reason, nowNs);
        if (leftOut === null) return;
        const text = `refused ${formatHostPort(event.peer.address, event.peer.port)}: ${event.reason}`;
        this.#log.line(nowNs, text + andLeftOut(leftOut));
        if (this.#reasons.has(event.reason)) return;
        this.#reasons.add(event.reason);
        this.#observeRefusal?.(text);
        return;
      }
      case 'registered':
      case 'ended':
      case 'unregistered':
      case 'expired': {
        const leftOut = this.#members.admit(event.kind, nowNs);
        if (leftOut !== null) this.#log.line(nowNs, describe(event) + andLeftOut(leftOut));
        return;
      }
      default:
        return event satisfies never;
    }
  }

  /** Reports lines that were left out and not reported yet. */
  finish(nowNs: number): void {
    for (const [reason, leftOut] of this.#refusals.takeLeftOut())
      this.#log.line(nowNs, `refused ${leftOut} more, not listed: ${reason}`);
    for (const [kind, leftOut] of this.#members.takeLeftOut())
      this.#log.line(nowNs, `${kind}: ${leftOut} more clients, not listed`);
  }
}

function describe({ kind, member }: Extract<ServerEvent, { readonly member: unknown }>): string {
  const { id, peer, nextCount, original, endCount, leftBecause, sent } = member;
  if (kind === 'registered')
    return `registered ${original ? 'original ' : ''}client ${id} at ${formatHostPort(peer.address, peer.port)} from message ${nextCount}`;
  if (kind === 'ended') return `end sent to client ${id}: last message ${endCount}`;
  return `client ${id} left: ${leftBecause}, ${sent} messages sent`;
}
