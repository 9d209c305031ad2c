/**
 * The routes of toxiproxy: proxies and their toxics, as its clients in any language call them.
 */
import type { App } from '../pageRoutes.ts';
import type { ProxySet } from '../proxies/proxySet.ts';
import { toxicAnswer } from '../toxics/toxic.ts';
import { readJson } from './requestBody.ts';

/** What clients branch on: from 2.6.0 on, a proxy and a toxic are changed by PATCH. */
const VERSION = '2.12.0';

export function addProxyRoutes(app: App, proxies: ProxySet): void {
  app.get('/version', (c) => c.json({ version: VERSION }));
  app.get('/proxies', (c) =>
    c.json(Object.fromEntries(proxies.all.map(({ name, answer }) => [name, answer]))),
  );
  app.post('/proxies', async (c) => c.json((await proxies.create(await readJson(c))).answer, 201));
  app.post('/populate', async (c) => {
    const populated = await proxies.populate(await readJson(c));
    return c.json({ proxies: populated.map(({ answer }) => answer) }, 201);
  });
  app.post('/reset', async (c) => {
    await proxies.reset();
    return c.body(null, 204);
  });
  app.get('/proxies/:proxy', (c) => c.json(proxies.get(c.req.param('proxy')).answer));
  app.on(['POST', 'PATCH'], '/proxies/:proxy', async (c) => {
    const { proxy } = c.req.param();
    proxies.get(proxy);
    return c.json((await proxies.update(proxy, await readJson(c))).answer);
  });
  app.delete('/proxies/:proxy', async (c) => {
    await proxies.remove(c.req.param('proxy'));
    return c.body(null, 204);
  });
  addToxicRoutes(app, proxies);
}

function addToxicRoutes(app: App, proxies: ProxySet): void {
  app.get('/proxies/:proxy/toxics', (c) => c.json(proxies.get(c.req.param('proxy')).answer.toxics));
  app.post('/proxies/:proxy/toxics', async (c) => {
    const { proxy } = c.req.param();
    proxies.get(proxy);
    return c.json(toxicAnswer(await proxies.addToxic(proxy, await readJson(c))));
  });
  app.get('/proxies/:proxy/toxics/:toxic', (c) => {
    const { proxy, toxic } = c.req.param();
    return c.json(toxicAnswer(proxies.toxic(proxy, toxic)));
  });
  app.on(['POST', 'PATCH'], '/proxies/:proxy/toxics/:toxic', async (c) => {
    const { proxy, toxic } = c.req.param();
    proxies.toxic(proxy, toxic);
    return c.json(toxicAnswer(await proxies.updateToxic(proxy, toxic, await readJson(c))));
  });
  app.delete('/proxies/:proxy/toxics/:toxic', async (c) => {
    const { proxy, toxic } = c.req.param();
    await proxies.removeToxic(proxy, toxic);
    return c.body(null, 204);
  });
}
