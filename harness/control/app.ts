/**
 * The control API as one app: toxiproxy's routes, ours, and the live page. It opens no port: a request is a value.
 */
import type { Access } from './access/access.ts';
import { apiErrorOf } from './apiError.ts';
import type { EventStream } from './eventStream.ts';
import { PAGE_PATHS, addPageRoutes, errorAnswer, guardedApp } from './pageRoutes.ts';
import type { App, PageFiles } from './pageRoutes.ts';
import type { ProxySet } from './proxies/proxySet.ts';
import { addConditionRoutes } from './routes/conditionRoutes.ts';
import { addProxyRoutes } from './routes/proxyRoutes.ts';
import { VIEW_PATHS, addViewRoutes } from './routes/viewRoutes.ts';
import type { Views } from './views/views.ts';

export function controlApp(options: {
  readonly access: Access;
  readonly proxies: ProxySet;
  readonly views: Views;
  readonly page: PageFiles;
  readonly events: EventStream;
}): App {
  const { access, proxies, views, page, events } = options;
  const app = guardedApp(access, (path) => [...PAGE_PATHS, ...VIEW_PATHS].includes(path));
  app.onError((cause, c) => {
    const { status, message } = apiErrorOf(cause);
    return errorAnswer(c, status, message);
  });
  addPageRoutes(app, page, events);
  addProxyRoutes(app, proxies);
  addConditionRoutes(app, proxies);
  addViewRoutes(app, views);
  refuseOtherMethods(app);
  return app;
}

/** A path that there is, asked for by a method that it has not. */
function refuseOtherMethods(app: App): void {
  const allowed = new Map<string, string[]>();
  for (const { path, method } of app.routes)
    if (method !== 'ALL') allowed.set(path, [...(allowed.get(path) ?? []), method]);
  for (const [path, methods] of allowed) {
    const allow = methods.join(', ');
    app.all(path, (c) => {
      c.header('allow', allow);
      return errorAnswer(c, 405, `method not allowed: expected ${allow}, got ${c.req.method}`);
    });
  }
}
