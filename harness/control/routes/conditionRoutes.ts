/**
 * Routes beyond toxiproxy's, that change something: a proxy's own knobs, an outage, a new port towards the server.
 */
import { readPositiveDurationNs } from '../../../src/base/quantities.ts';
import { missingField, readObject, refuseOtherKeys, textField } from '../apiError.ts';
import type { App } from '../pageRoutes.ts';
import type { ControlledProxy } from '../proxies/controlledProxy.ts';
import type { ProxySet } from '../proxies/proxySet.ts';
import { readJson } from './requestBody.ts';

const conditionsOf = ({ handle, base }: ControlledProxy): object => ({
  epoch: handle?.epoch ?? null,
  ...base,
});

export function addConditionRoutes(app: App, proxies: ProxySet): void {
  app.get('/proxies/:proxy/conditions', (c) => c.json(conditionsOf(proxies.get(c.req.param('proxy')))));
  app.put('/proxies/:proxy/conditions', async (c) => {
    const { proxy } = c.req.param();
    proxies.get(proxy);
    return c.json(conditionsOf(await proxies.setConditions(proxy, await readJson(c))));
  });
  app.post('/proxies/:proxy/outage', async (c) => {
    const { proxy } = c.req.param();
    proxies.get(proxy);
    const body = readObject(await readJson(c));
    const duration = textField(body, 'duration');
    if (duration === undefined) throw missingField('duration');
    refuseOtherKeys('outage', body, ['duration']);
    const durationNs = readPositiveDurationNs(duration, 'duration');
    return c.json(conditionsOf(await proxies.beginOutage(proxy, durationNs / 1e6)));
  });
  app.post('/proxies/:proxy/rebind', async (c) =>
    c.json(conditionsOf(await proxies.rebind(c.req.param('proxy')))),
  );
}
