/**
 * The control API on a port, with the live page: started with proxies, ended by the program.
 */
import type { HostPort } from '../../src/base/quantities.ts';
import { version } from '../../src/base/version.ts';
import type { Access } from './access/access.ts';
import { controlApp } from './app.ts';
import { EventStream } from './eventStream.ts';
import { serveHttp } from './httpServer.ts';
import type { HttpServer } from './httpServer.ts';
import { readLivePage } from './livePage.ts';
import type { LiveState } from './liveState.ts';
import type { ProxySet } from './proxies/proxySet.ts';
import { Views } from './views/views.ts';
import { tickEachSecond } from './webServer.ts';

/** @throws EnvironmentError if it cannot listen there, or the page has not been built */
export async function startControl(options: {
  readonly listen: HostPort;
  readonly access: Access;
  readonly proxies: ProxySet;
  readonly program: LiveState['program'];
  /** Since the program's start. */
  readonly nowNs: () => number;
}): Promise<HttpServer> {
  const { listen, access, proxies, program, nowNs } = options;
  const views = new Views(proxies, { nowNs, version: version(), program });
  const events = new EventStream(views.state, views.greeting);
  const app = controlApp({ access, proxies, views, page: readLivePage(), events });
  const server = await serveHttp(app.fetch, listen);
  const endTicks = tickEachSecond(events, () => {
    for (const [name, data] of views.news(events.pages > 0)) events.event(name, data);
  });
  return {
    listening: server.listening,
    close: async () => {
      endTicks();
      events.close();
      await server.close();
    },
  };
}
