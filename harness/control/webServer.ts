/**
 * A live page of something that runs, to look at only: `--web` of live, run and server.
 */
import type { HostPort } from '../../src/base/quantities.ts';
import { startTimer } from '../../src/net/timer.ts';
import type { Access } from './access/access.ts';
import { EventStream } from './eventStream.ts';
import { serveHttp } from './httpServer.ts';
import type { HttpServer } from './httpServer.ts';
import { PAGE_PATHS, addPageRoutes, guardedApp } from './pageRoutes.ts';
import type { PageFiles } from './pageRoutes.ts';

const TICK_MS = 1000;

export interface WebServer extends HttpServer {
  readonly events: EventStream;
}

/**
 * Sends the state once a second. Returns what ends it.
 * @param before called before each, to tell of what happened
 */
export function tickEachSecond(events: EventStream, before: () => void = () => undefined): () => void {
  const tick = (): void => {
    before();
    events.tick();
    cancel = startTimer(tick, TICK_MS);
  };
  let cancel = startTimer(tick, TICK_MS);
  return () => cancel();
}

/**
 * @param state what the page shows, made once a second while somebody looks
 * @throws EnvironmentError if it cannot listen there
 */
export async function startWebServer(options: {
  readonly listen: HostPort;
  readonly access: Access;
  readonly page: PageFiles;
  readonly state: () => unknown;
}): Promise<WebServer> {
  const { listen, access, page, state } = options;
  const events = new EventStream(state);
  const app = guardedApp(access, (path) => PAGE_PATHS.includes(path));
  addPageRoutes(app, page, events);
  const server = await serveHttp(app.fetch, listen);
  const endTicks = tickEachSecond(events);
  return {
    listening: server.listening,
    events,
    close: async () => {
      endTicks();
      // The last state, such as the final score, gets to whoever looks.
      events.tick();
      events.close();
      await server.close();
    },
  };
}
