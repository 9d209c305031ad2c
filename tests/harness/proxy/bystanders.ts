/** A proxy of any program on a simulated network, with bystanders that only hear, and datagrams in anybody's name. Not a test. */
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { anyProgram } from '../../../harness/protocols/any.ts';
import { startProxy } from '../../../harness/proxy/startProxy.ts';
import type { ProxyReport, ProxyRun, RunningProxy } from '../../../harness/proxy/startProxy.ts';
import { DatagramBatch } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { Endpoint } from '../../../src/net/endpoint.ts';
import { SimulatedNetwork } from '../../../src/net/simulated.ts';
import type { SimulatedHost } from '../../../src/net/simulated.ts';
import { KeptLog } from '../../integration/loopback.ts';
import { bytesOf, textOf } from './rows.ts';

export const at = (address: string, port: number): Peer => ({ address, port });
export const nameOf = ({ address, port }: Peer): string => `${address}:${port}`;

/** Writes down what it hears, and from whom. */
export class Bystander implements Endpoint {
  readonly finished = false;
  readonly heard: string[] = [];
  readonly from: Peer[] = [];
  host: SimulatedHost | null = null;

  handleDatagrams(_nowNs: number, _port: number, batch: DatagramBatch, from: number, to: number): void {
    for (let row = from; row < to; row += 1) {
      this.heard.push(textOf(batch.payload(row)));
      this.from.push(batch.sources[row] as Peer);
    }
  }

  handleTimeout(): void {}

  nextTimeoutNs(): number {
    return Number.POSITIVE_INFINITY;
  }

  drain(): void {}

  /** Like a killed process. */
  leave(): void {
    void this.host?.close();
  }
}

export class Scene {
  readonly network = new SimulatedNetwork();
  readonly log = new KeptLog();
  /** What was printed. */
  readonly printed: string[] = [];
  readonly proxy: RunningProxy;
  #nowNs = 0;

  private constructor(network: SimulatedNetwork, log: KeptLog, printed: string[], proxy: RunningProxy) {
    this.network = network;
    this.log = log;
    this.printed = printed;
    this.proxy = proxy;
  }

  /** @param network shared by several scenes */
  static async open(
    run: Partial<ProxyRun> & Pick<ProxyRun, 'server'>,
    network = new SimulatedNetwork(),
  ): Promise<Scene> {
    const log = new KeptLog();
    const printed: string[] = [];
    const proxy = await startProxy({
      host: '10.0.0.2',
      ports: [9001],
      protocol: anyProgram,
      impairment: readImpairment({ seed: '42', holdMaxNs: 1e6 }),
      fatesDir: null,
      maxFlows: 1024,
      idleNs: 60e9,
      network,
      log,
      notice: (line) => printed.push(line),
      ...run,
    });
    return new Scene(network, log, printed, proxy);
  }

  /** Somebody at an address. */
  join({ address, port }: Peer): Bystander {
    const bystander = new Bystander();
    bystander.host = this.network.join(bystander, false);
    bystander.host.open({ host: address, port });
    return bystander;
  }

  /** Datagrams in the name of `from`, together, and what follows at once. */
  send(from: Peer, to: Peer, ...texts: readonly string[]): void {
    const batch = new DatagramBatch(texts.length, 1 << 16);
    for (const text of texts) {
      const bytes = bytesOf(text);
      batch.append(bytes, 0, bytes.length, this.network.nowNs());
    }
    this.network.carry(from, to, batch, 0, batch.count);
    this.pass(0);
  }

  /** Lets time pass. */
  pass(ns: number): void {
    this.#nowNs = Math.max(this.#nowNs, this.network.nowNs()) + ns;
    this.network.run(this.#nowNs);
  }

  /** Lets time pass in small steps, in which promises are settled. */
  async passSlowly(ns: number, steps = 20): Promise<void> {
    for (let k = 0; k < steps; k += 1) {
      this.pass(ns / steps);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.pass(0);
  }

  async end(): Promise<ProxyReport> {
    this.proxy.stop();
    return this.network.until(this.proxy.done);
  }
}
