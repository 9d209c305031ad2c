/**
 * `proxy --control`: the control API for the proxy that the command runs, and for those that the API creates beside it.
 */
import { printable } from '../../src/base/printable.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import type { HostPort } from '../../src/base/quantities.ts';
import type { Log } from '../../src/files/logFile.ts';
import type { Network } from '../../src/net/network.ts';
import { startControl } from '../control/controlServer.ts';
import type { HttpServer } from '../control/httpServer.ts';
import { ProxySet } from '../control/proxies/proxySet.ts';
import { OpenFlows, StartedProxies, StartedProxy, logOf } from '../control/proxies/startedProxy.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { knobsOf } from '../impairment/knobs.ts';
import type { Conditions } from '../impairment/conditions.ts';
import type { Protocol } from '../protocols/protocol.ts';
import type { AppliedChange } from '../proxy/changes/changes.ts';
import { noWaits } from '../proxy/path/lateness.ts';
import type { RunningProxy } from '../proxy/startProxy.ts';
import { accessFor } from './controlAccess.ts';
import { reachOf } from './controlOptions.ts';
import type { CONTROL_OPTIONS } from './controlOptions.ts';
import type { ValuesOf } from './declare.ts';

/** The name of the command's own proxy. */
const NAME = 'proxy';

export class ProxyControl {
  /** The line that says where it listens. */
  readonly line: string;
  readonly #server: HttpServer;
  readonly #proxies: ProxySet;
  readonly #opener: StartedProxies;
  readonly #open = new OpenFlows((flow) => this.#opened(flow));
  #opened: (flow: number) => void = () => undefined;
  /** What its own proxy is to be started with. */
  readonly waits = noWaits();

  private constructor(server: HttpServer, proxies: ProxySet, opener: StartedProxies) {
    this.#server = server;
    this.#proxies = proxies;
    this.#opener = opener;
    const { address, port } = server.listening;
    this.line = `control API and page on http://${formatHostPort(address, port)}/`;
  }

  /** @throws UsageError where nobody says who may ask, EnvironmentError if it cannot listen */
  static async begin(
    options: ValuesOf<typeof CONTROL_OPTIONS> & { readonly control: HostPort },
    about: {
      readonly seed: string;
      readonly protocol: Protocol;
      readonly network: Network;
      readonly log: Log;
      readonly notice: (line: string) => void;
    },
  ): Promise<ProxyControl> {
    const { seed, protocol, network, log, notice } = about;
    const { access, listen } = await accessFor(options.control, options.controlAllow, '--control');
    const opener = new StartedProxies(network, {
      moreOf: (proxy) => {
        const name = printable(proxy.name);
        return {
          log: logOf(log, proxy),
          notice: (line) => notice(`${name}: ${line}`),
        };
      },
      failed: (proxy, cause) => notice(`${printable(proxy.name)}: ${cause.message}`),
      ended: (proxy) => log.line(network.clock.nowNs(), `${printable(proxy.name)}: ended`),
    });
    const proxies = new ProxySet({ opener, reach: reachOf(options), seed, protocol: protocol.text });
    const nowNs = (): number => network.clock.nowNs();
    const server = await startControl({ listen, access, proxies, program: 'proxy', nowNs });
    return new ProxyControl(server, proxies, opener);
  }

  /** Sees the events of the command's own proxy. */
  get observe(): OpenFlows['observe'] {
    return this.#open.observe;
  }

  /** The command's own proxy runs. */
  adopt(
    proxy: RunningProxy,
    { upstream }: { readonly upstream: HostPort },
    { seed, down, up }: Impairment,
    protocol: Protocol,
  ): void {
    const [listen] = proxy.listening as readonly [RunningProxy['upstream']];
    const plan = {
      name: NAME,
      listen: formatHostPort(listen.address, listen.port),
      upstream: formatHostPort(upstream.host, upstream.port),
      enabled: true,
      seed,
      protocol: protocol.text,
      base: { down: knobsOf(down), up: knobsOf(up) },
    };
    const ends = { listen, upstream: proxy.upstream };
    this.#opened = this.#proxies.adopt(plan, ends, new StartedProxy(proxy, this.#open, this.waits));
  }

  /** Settings of the command's own proxy from elsewhere, such as from its scenario file: its toxics stay. */
  change({ down, up }: Conditions): Pick<AppliedChange, 'number'> {
    const own = this.#proxies.get(NAME);
    own.set({ base: { down: knobsOf(down), up: knobsOf(up) } });
    return { number: own.handle?.epoch ?? 1 };
  }

  /** Answers no more, and ends the proxies that the API has created. */
  async close(): Promise<void> {
    await this.#server.close();
    await this.#proxies.close();
    await this.#opener.end();
  }
}
