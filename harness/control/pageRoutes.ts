/**
 * The routes of a live page: the page, its script and style, and the stream of events.
 */
import { Hono } from 'hono';
import type { Context } from 'hono';
import { refusalOf } from './access/access.ts';
import type { Access } from './access/access.ts';
import type { ErrorStatus } from './apiError.ts';
import type { EventStream } from './eventStream.ts';

/** The page as it is served. */
export interface PageFiles {
  readonly html: string;
  /** The content-security-policy of the page. */
  readonly policy: string;
  readonly script: string;
  readonly style: string;
}

/** What the server knows of a request beside it; a part of Node's objects. */
export interface Connection {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string } };
  readonly outgoing?: { destroy(): unknown };
}

export type App = Hono<{ Bindings: Connection }>;

/** What answers is ours alone, and never stored. */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** An error as every route tells it. */
export const errorAnswer = (
  { json }: Context,
  status: ErrorStatus,
  error: string,
  more: Readonly<Record<string, unknown>> = {},
): Response => json({ error, status, ...more }, status);

/**
 * An app that answers whoever may ask, and everything else with an error.
 * @param isOpenToBrowsers of a path: whether browsers may read it without our page
 */
export function guardedApp(access: Access, isOpenToBrowsers: (path: string) => boolean): App {
  const app: App = new Hono();
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    const refusal = refusalOf(access, {
      method: c.req.method,
      peer: c.env?.incoming?.socket.remoteAddress ?? null,
      header: (name) => c.req.header(name) ?? null,
      isOpenToBrowsers: isOpenToBrowsers(c.req.path),
    });
    if (refusal === null) return next();
    if (refusal.status === 401) c.header('www-authenticate', 'Basic realm="matchstream"');
    return errorAnswer(c, refusal.status, refusal.error);
  });
  app.notFound((c) => errorAnswer(c, 404, `no such path: ${c.req.method} ${c.req.path}`));
  app.onError((cause, c) => errorAnswer(c, 500, cause.message));
  return app;
}

/** Paths of a live page. */
export const PAGE_PATHS: readonly string[] = ['/', '/live.js', '/live.css', '/events'];

export function addPageRoutes(app: App, page: PageFiles, events: EventStream): void {
  app.get('/', (c) => {
    c.header('content-security-policy', page.policy);
    return c.html(page.html);
  });
  app.get('/live.js', (c) => c.body(page.script, 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  app.get('/live.css', (c) => c.body(page.style, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/events', (c) => {
    const stream = events.connect(() => c.env.outgoing?.destroy());
    if (stream === null) return errorAnswer(c, 503, 'too many pages; close one');
    // A stream ends with the program, and then its connection is of no use.
    return c.body(stream, 200, { 'content-type': 'text/event-stream; charset=utf-8', connection: 'close' });
  });
}
