/**
 * What a server's log says of what happens, bounded whatever arrives: everybody on the network can be refused, come and
 * go as often as they like.
 *
 * It writes to the log it is given, and decides nothing.
 */
import type { Log } from '../files/logFile.ts';
import { formatHostPort } from '../base/quantities.ts';
import type { ServerEvent } from '../stream/serverEndpoint.ts';
import { BoundedNotices, andLeftOut } from './boundedNotices.ts';

/** Refusals, by reason. */
const REFUSALS = { burst: 10, periodNs: 10e9 };
/** Clients that come and go: more than any registry holds, before any is left out. */
const MEMBERS = { burst: 10_000, periodNs: 1e9 };

export class ServerLog {
  readonly #log: Log;
  readonly #observeRefusal: ((text: string) => void) | undefined;
  readonly #refusals = new BoundedNotices(REFUSALS);
  readonly #members = new BoundedNotices(MEMBERS);
  readonly #reasons = new Set<string>();

  /** @param observeRefusal told of the first refusal for each reason */
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

  /** Says what was left out and no later line has said. */
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
