/**
 * A lossy proxy for a test: one call puts it before a server, and at any time it says what it did to each datagram.
 */
import { basename, join } from 'node:path';
import * as check from '../../src/base/arguments.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { counted } from '../../src/base/figures.ts';
import { checkNewFile } from '../../src/files/outputs.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import { complain } from '../../src/files/terminal.ts';
import type { Peer } from '../../src/net/batch.ts';
import { startTimer } from '../../src/net/timer.ts';
import { resolveHost } from '../../src/service/resolveHost.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { LedgerRow } from '../judge/accounting.ts';
import { proxiedLedger } from '../judge/proxied/proxiedLedger.ts';
import { startProxy } from '../proxy/startProxy.ts';
import type { ProxyReport, RunningProxy } from '../proxy/startProxy.ts';
import { writeFateFiles } from '../proxy/told/fateFiles.ts';
import { writeJournal } from '../proxy/changes/journalFile.ts';
import { fateLines } from '../proxy/told/fateLines.ts';
import { Traffic } from '../proxy/told/traffic.ts';
import { KeptTap } from '../recording/tap/keptTap.ts';
import { readEnvironment } from '../report/environment.ts';
import { makeRunFolder } from '../report/runFolder.ts';
import { RunReport } from '../report/runReport.ts';
import type { RunModel } from '../report/model/runModel.ts';
import { judgedProxy } from '../runs/proxiedReport.ts';
import { addSessions } from '../runs/sessionReport.ts';
import { readLossyOptions } from './lossyOptions.ts';
import type { LossyProxyOptions, LossySettings } from './lossyOptions.ts';
import { chooseSeed, currentTestName } from './seed.ts';
import { showAgain, showTimeline } from './showAgain.ts';
import { LossyConditions } from './lossyConditions.ts';
import type { LossyChange } from './lossyConditions.ts';

/** What the schedule decided about one datagram, with the keys of a fate file's line. */
export interface FateRecord {
  readonly flow: number;
  readonly direction: string;
  /** Absent for the first stream. */
  readonly stream?: number;
  /** From 1. */
  readonly index: number;
  /** Absent for the first datagram with this index. */
  readonly repeat?: number;
  /** The cause; null where it is not dropped. */
  readonly drop: string | null;
  readonly copies: number;
  /** How many later ones must pass it. */
  readonly hold: number;
  readonly corrupt?: number | null;
  readonly delayUs?: number | null;
  readonly queueDropped?: number;
}

const DIRECTIONS: readonly Direction[] = ['down', 'up'];
const MAX_FLOWS = 20_000;
/** Memory for what changed. */
const MAX_JOURNAL_BYTES = 64 << 20;

export class LossyProxy {
  readonly seed: string;
  /** Where clients send to. */
  readonly host: string;
  readonly port: number;
  /** The same as one text, `127.0.0.1:40000`. */
  readonly address: string;
  readonly #proxy: RunningProxy;
  readonly #settings: LossySettings;
  readonly #traffic: Traffic;
  readonly #tap: KeptTap;
  readonly #conditions: LossyConditions;
  #report: ProxyReport | null = null;
  #closing: Promise<ProxyReport> | null = null;
  /** Where the journal has been written. */
  #journalPath: string | null = null;
  readonly #ending: () => void;

  /** Called by `lossyProxy`. */
  constructor(
    proxy: RunningProxy,
    settings: LossySettings,
    traffic: Traffic,
    tap: KeptTap,
    ending: () => void,
  ) {
    const [{ address, port }] = proxy.listening as readonly [Peer];
    this.#proxy = proxy;
    this.#settings = settings;
    this.#traffic = traffic;
    this.#tap = tap;
    this.#ending = ending;
    this.#conditions = new LossyConditions(proxy, settings);
    this.seed = settings.impairment.seed;
    this.host = address;
    this.port = port;
    this.address = formatHostPort(address, port);
  }

  /** What came to each client's flow and where it went, so far; of the open flows and the last thousand closed ones. */
  get flows(): ProxyReport['flows'] {
    return this.#look().flows;
  }

  /** The ledger so far, a row a flow and direction: what has not left yet is `held_at_end`, and `unexplained` is 0. */
  ledger(): readonly LedgerRow[] {
    return proxiedLedger(this.#look(), this.#directions).rows;
  }

  /** What the schedule decided about each datagram that has come, by flow, direction and index. */
  fates(): FateRecord[] {
    return this.#proxy
      .look()
      .fates.flatMap((source) => [...fateLines(source)].map((line) => JSON.parse(line) as FateRecord));
  }

  /**
   * Other knobs, from the next datagram of each direction on: those that are not named stay, and null takes one away. What is held
   * or delayed keeps what it was given.
   * @throws UsageError for an unknown key, for a value that cannot be read, and for a proxy whose scenario file has phases; then
   *   nothing has changed
   */
  async set(change: LossyChange): Promise<void> {
    this.#conditions.set(change);
  }

  /** Everything is lost, both ways, for so long; then it is as before. Resolves when it is over. */
  outage(ms: number): Promise<void> {
    return this.#conditions.outage(ms);
  }

  /** Everything is lost, both ways, until `resume`. */
  async pause(): Promise<void> {
    this.#conditions.pause();
  }

  async resume(): Promise<void> {
    this.#conditions.resume();
  }

  /** The server sees every open flow from a new port, as after a NAT rebinding. Resolves when they have moved: how many. */
  async rebind(): Promise<number> {
    this.#conditions.checkRuns('LossyProxy.rebind');
    return this.#proxy.rebind();
  }

  /** What changed so far, and with which datagram: the lines of a journal, which `matchstream proxy --timeline` plays again. */
  get journal(): readonly string[] {
    return this.#proxy.epochs().lines;
  }

  /** The commands that put the same network before the server again; of one that changed, with its journal. */
  showAgain(): readonly string[] {
    if (!this.#changes) return showAgain(this.#settings);
    return showTimeline(this.#settings, this.#journalPath);
  }

  /**
   * Closes the proxy and writes what `matchstream proxy --report` writes: tables, fates, the page.
   * @param folder new or empty
   * @returns the report's verdict and tables
   * @throws UsageError if the folder has files, EnvironmentError if something cannot be written
   */
  async report(folder: string): Promise<RunModel> {
    check.path(folder, 'LossyProxy.report: folder');
    const path = makeRunFolder(folder, 'LossyProxy.report: folder');
    const report = await this.close();
    const { protocol, impairment } = this.#settings;
    const session = judgedProxy(
      { report, traffic: this.#traffic, protocol },
      impairment,
      basename(path),
      'test',
    );
    const { network } = session.judgement;
    const environment = await readEnvironment({
      commandLine: process.argv,
      seed: this.seed,
      network,
      interrupted: null,
    });
    const unwritten = await writeFateFiles(join(path, 'fates'), this.#proxy.look().fates);
    if (this.#changes) {
      this.#journalPath = join(path, 'epochs.jsonl');
      unwritten.push(...(await writeJournal(this.#journalPath, this.#proxy.epochs())));
    }
    const written = await addSessions(new RunReport(), [session]).write(path, environment);
    const [first] = [...unwritten, ...written.unwritten];
    if (first !== undefined) throw first instanceof EnvironmentError ? first : new Error(String(first));
    return written.model;
  }

  /**
   * Writes what has come to the proxy so far, from clients and server, before it was impaired, as a recording: `matchstream replay` plays
   * it, and `recorded`. It may be called again, also after the end.
   * @param path of a new file; a capture if it ends in `.pcapng`
   * @throws UsageError if the file exists, EnvironmentError if it cannot be written, or if more has come than `recordingMemory` holds
   */
  async recording(path: string): Promise<{ readonly path: string; readonly datagrams: number }> {
    const name = 'LossyProxy.recording: path';
    check.path(path, name);
    checkNewFile(path, name);
    const { leftOut } = this.#tap;
    if (leftOut > 0) {
      throw new EnvironmentError(
        'datagrams-lost',
        `LossyProxy.recording: ${counted(leftOut, 'datagram')} would be missing from it, for more came than its memory holds; ` +
          'give lossyProxy more recordingMemory, or take matchstream proxy --record',
      );
    }
    const { recorded } = await this.#tap.write(path);
    return { path, datagrams: recorded };
  }

  /** Lets out what is held and delayed, and ends. May be called again, also while it ends. */
  async close(): Promise<ProxyReport> {
    // To stop a proxy twice is to throw away what has not left.
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<ProxyReport> {
    // Nothing else keeps the process alive, and whoever closes waits for the end.
    const cancel = startTimer(() => undefined, Number.POSITIVE_INFINITY);
    try {
      this.#conditions.end();
      this.#ending();
      this.#proxy.stop();
      this.#report = await this.#proxy.done;
      return this.#report;
    } finally {
      cancel();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Whether its conditions have changed, or do so by themselves. */
  get #changes(): boolean {
    return this.#proxy.epoch > 1 || this.#settings.impairment.phases.length > 0;
  }

  get #directions(): readonly Direction[] {
    return DIRECTIONS.filter((direction) => this.#settings.protocol[direction].isIndexed);
  }

  #look(): Pick<ProxyReport, 'flows' | 'earlier'> {
    return this.#report ?? this.#proxy.look();
  }
}

/**
 * Starts a proxy before a server, and resolves when it listens. It does not keep the process alive.
 * @throws UsageError for an unknown key or a value that cannot be read, EnvironmentError if it cannot listen
 */
export async function lossyProxy(options: LossyProxyOptions): Promise<LossyProxy> {
  const { seed, name } = check.isObject(options) ? options : ({} as LossyProxyOptions);
  const settings = readLossyOptions(options, chooseSeed(seed, name ?? currentTestName(), process.env));
  const { upstream, listen, impairment, protocol, idleNs, recordingBytes, transport } = settings;
  const traffic = new Traffic();
  const tap = new KeptTap(protocol.text, recordingBytes);
  const say = options.notice ?? ((line: string) => complain(`lossyProxy to ${options.upstream}: ${line}`));
  // A test that closes it knows that it ends.
  let isEnding = false;
  const proxy = await startProxy({
    server: { address: await resolveHost(upstream.host, 'lossyProxy: upstream'), port: upstream.port },
    host: await resolveHost(listen.host, 'lossyProxy: listen'),
    ports: [listen.port],
    protocol,
    impairment,
    tap,
    traffic,
    keepFates: true,
    journalBytes: MAX_JOURNAL_BYTES,
    keepsAlive: false,
    maxFlows: MAX_FLOWS,
    idleNs,
    transport,
    notice: (line) => {
      if (!isEnding) say(line);
    },
  });
  return new LossyProxy(proxy, settings, traffic, tap, () => void (isEnding = true));
}
