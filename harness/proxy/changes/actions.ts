/**
 * What can be done to a running proxy: other conditions, a flow closed, its port shut and opened, another upstream for new flows.
 *
 * Each is in the journal when it returns.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { Conditions } from '../../impairment/conditions.ts';
import type { ProxyEndpoint } from '../proxyEndpoint.ts';
import type { AppliedChange } from './changes.ts';
import type { JournalLines } from './journal.ts';

export interface ProxyActions {
  /**
   * New conditions, for every open flow from the next index of each stream on, and for flows that open later. When it returns they
   * hold, and are in the journal.
   * @throws UsageError for settings that are none or cannot hold from now on, and after the end; then nothing has changed
   */
  change(conditions: Conditions): AppliedChange;
  /** @throws UsageError as a change to these conditions would; it changes nothing */
  check(conditions: Conditions): void;
  /** The journal so far: its last lines, and how many are no longer in memory. */
  epochs(): JournalLines;
  /** Closes an open flow: what it holds is thrown away, and its client's next datagram opens a new one. False if there is none. */
  closeFlow(flow: number): boolean;
  /**
   * Shuts its ports, or opens them again: meanwhile the kernel refuses whoever sends there. Resolves when that is so, or when
   * they were shut again before.
   * @throws EnvironmentError if a port cannot be opened
   * @throws UsageError after the end, and if it ends before they are open
   */
  setListening(isListening: boolean): Promise<void>;
  /** Where new flows go from now on; those that stand stay. @throws UsageError for an address that it cannot be */
  setUpstream(upstream: Peer): void;
  /** @throws UsageError as `setUpstream` would; it changes nothing */
  checkUpstream(upstream: Peer): void;
}

/** What they need of the proxy that runs. */
export interface ActionsAbout {
  readonly endpoint: ProxyEndpoint;
  readonly nowNs: () => number;
  /** Calls the action on the running endpoint, and drains it. */
  readonly act: (action: (nowNs: number) => void) => void;
  /** Settles when the listening ports that were closed so far are free for others. */
  readonly closing: () => Promise<void>;
  /** The address that another one means. @throws UsageError for one that cannot be the upstream */
  readonly checkUpstream: (upstream: Peer) => Peer;
  /** Settles at the end, after which `act` calls nothing. */
  readonly done: Promise<unknown>;
}

const hasEnded = (call: string): UsageError =>
  new UsageError('conflict', call, 'expected a proxy that runs, got one that has ended');

export function actionsOn({
  endpoint,
  nowNs,
  act,
  closing,
  checkUpstream,
  done,
}: ActionsAbout): ProxyActions {
  const { journal } = endpoint;
  const checkRuns = (call: string): void => {
    if (endpoint.finished) throw hasEnded(call);
  };
  return {
    change: (conditions) => {
      checkRuns('change');
      return endpoint.change(nowNs(), conditions);
    },
    check: (conditions) => {
      checkRuns('check');
      endpoint.check(conditions);
    },
    epochs: () => journal.lines,
    closeFlow: (flow) => {
      const isClosed = endpoint.closeFlow(nowNs(), flow);
      if (!isClosed) return false;
      journal.action(nowNs(), { action: 'close', flow });
      // What waited for that flow, at a link that others share, is due now.
      act(() => undefined);
      return true;
    },
    setListening: (isListening) => {
      checkRuns('setListening');
      journal.action(nowNs(), { action: isListening ? 'listen' : 'unlisten' });
      if (!isListening) {
        act((now) => endpoint.listening.shut(now));
        return closing();
      }
      return new Promise<void>((resolve, reject) => {
        act((now) =>
          endpoint.listening.unshut(now, (failure: Error | null) =>
            failure === null ? resolve() : reject(failure),
          ),
        );
        void done.catch(() => undefined).then(() => reject(hasEnded('setListening')));
      });
    },
    setUpstream: (upstream) => {
      checkRuns('setUpstream');
      const meant = checkUpstream(upstream);
      endpoint.upstream.server = meant;
      journal.action(nowNs(), { action: 'upstream', to: formatHostPort(meant.address, meant.port) });
    },
    checkUpstream: (upstream) => {
      checkRuns('checkUpstream');
      checkUpstream(upstream);
    },
  };
}
