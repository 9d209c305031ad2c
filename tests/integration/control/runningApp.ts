/** The control API over proxies that run, without a socket of its own. */
import { NO_LOG } from '../../../src/files/logFile.ts';
import { realNetwork } from '../../../src/net/realNetwork.ts';
import { controlApp } from '../../../harness/control/app.ts';
import { EventStream } from '../../../harness/control/eventStream.ts';
import { ProxySet } from '../../../harness/control/proxies/proxySet.ts';
import { StartedProxies } from '../../../harness/control/proxies/startedProxy.ts';
import { Views } from '../../../harness/control/views/views.ts';

export interface RunningApp {
  readonly app: ReturnType<typeof controlApp>;
  readonly proxies: ProxySet;
  readonly views: Views;
  /** What failed while a proxy ran. */
  readonly failures: readonly string[];
  /** Ends all proxies. */
  end(): Promise<void>;
}

/** Proxies have seeds that begin `7/`, and listen on and send to loopback only. */
export function runningApp(): RunningApp {
  const network = realNetwork('auto');
  const failures: string[] = [];
  const opener = new StartedProxies(network, {
    moreOf: () => ({ log: NO_LOG }),
    ended: () => undefined,
    failed: (_proxy, cause) => void failures.push(cause.message),
  });
  const proxies = new ProxySet({ opener, reach: { listen: [], upstream: [] }, seed: '7', protocol: 'any' });
  const views = new Views(proxies, {
    nowNs: () => network.clock.nowNs(),
    version: '0.0.0',
    program: 'control',
  });
  const app = controlApp({
    access: { allow: [], token: null, hostName: null },
    proxies,
    views,
    page: { html: '', policy: '', script: '', style: '' },
    events: new EventStream(views.state),
  });
  const end = async (): Promise<void> => {
    await proxies.close();
    await opener.end();
  };
  return { app, proxies, views, failures, end };
}
