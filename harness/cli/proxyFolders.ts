/**
 * What is written of each proxy of `matchstream control`: the files of its journal, and the folder of its report.
 *
 * A name that comes again, after its proxy was removed or replaced, gets a number.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenProxy } from '../control/proxies/proxyHandle.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { readProtocol } from '../protocols/allProtocols.ts';
import type { ProxyRun } from '../proxy/startProxy.ts';
import { openReport } from './proxyReport.ts';
import type { OpenReport } from './proxyReport.ts';

const MAX_NAME = 100;

/** A file's name for any proxy's name. */
function fileNameOf(name: string): string {
  const encoded = encodeURIComponent(Buffer.from(name).toString()).replaceAll(
    /^\.|[*~]/g,
    (one) => `%${one.charCodeAt(0).toString(16)}`,
  );
  if (encoded.length <= MAX_NAME) return encoded;
  return `${encoded.slice(0, MAX_NAME)}-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}

interface Opened {
  readonly opened: OpenReport;
  readonly ran: {
    readonly protocol: ReturnType<typeof readProtocol>;
    readonly impairment: Impairment;
    readonly scenario: string;
    readonly interrupted: null;
    readonly isAborted: false;
  };
}

export class ProxyFolders {
  readonly #journal: string | undefined;
  readonly #report: string | undefined;
  readonly #taken = new Map<string, number>();
  readonly #open = new Map<OpenProxy, Opened>();

  constructor(folders: { readonly journal?: string; readonly report?: string }) {
    this.#journal = folders.journal;
    this.#report = folders.report;
  }

  /** What a proxy that starts writes. */
  open(
    proxy: OpenProxy,
    impairment: Impairment,
  ): Pick<ProxyRun, 'traffic' | 'fatesDir' | 'journalPath' | 'changesPath'> {
    const file = this.#nameFor(proxy.name);
    const report = this.#report === undefined ? undefined : join(this.#report, file);
    const opened = openReport({ report });
    const protocol = readProtocol(proxy.protocol, 'protocol');
    const ran = { protocol, impairment, scenario: 'control', interrupted: null, isAborted: false } as const;
    this.#open.set(proxy, { opened, ran });
    return {
      ...(opened.traffic !== null && { traffic: opened.traffic }),
      fatesDir: opened.fatesDir,
      journalPath: this.#journal === undefined ? null : join(this.#journal, `${file}.jsonl`),
      changesPath: report === undefined ? null : join(report, 'epochs.jsonl'),
    };
  }

  /** What was opened for a proxy that has ended. */
  take(proxy: OpenProxy): Opened {
    const opened = this.#open.get(proxy) as Opened;
    this.#open.delete(proxy);
    return opened;
  }

  /** The name and the folder of a proxy that did not start: nothing was written, and the next of its name takes them. */
  giveBack(proxy: OpenProxy): void {
    const { folder } = this.take(proxy).opened;
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
    const file = fileNameOf(proxy.name);
    this.#taken.set(file, (this.#taken.get(file) as number) - 1);
  }

  #nameFor(name: string): string {
    const file = fileNameOf(name);
    const times = (this.#taken.get(file) ?? 0) + 1;
    this.#taken.set(file, times);
    return times === 1 ? file : `${file}~${times}`;
  }
}
