/**
 * SIGUSR2 to `matchstream proxy`: its scenario file is read again, and what it says now holds from the next datagrams on.
 */
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { onReload } from '../../src/service/signals.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { Protocol } from '../protocols/protocol.ts';
import type { Conditions } from '../impairment/conditions.ts';
import type { AppliedChange } from '../proxy/changes/changes.ts';
import { checkControl, chooseImpairment, formatImpairment } from './impairmentOptions.ts';
import type { ImpairmentOptions } from './impairmentOptions.ts';
import { chooseProtocol } from './protocolOptions.ts';

/** What is given the settings, and says the number of the change. */
export interface Changing {
  change(conditions: Conditions): Pick<AppliedChange, 'number'>;
}

/** @param say receives what became of it, a line each time. Returns a function to call when the proxy has ended */
export function rereadOnSignal(
  options: ImpairmentOptions & Parameters<typeof chooseProtocol>[0],
  { seed }: Impairment,
  protocol: Protocol,
  proxy: Changing,
  say: (line: string) => void,
): () => void {
  return onReload((signal) => {
    try {
      say(`${signal}: ${reread(options, seed, protocol, proxy)}`);
    } catch (cause) {
      if (!(cause instanceof UsageError || cause instanceof EnvironmentError)) throw cause;
      say(`${signal}: nothing changes: ${cause.message}`);
    }
  });
}

function reread(
  options: ImpairmentOptions & Parameters<typeof chooseProtocol>[0],
  seed: string,
  protocol: Protocol,
  proxy: Changing,
): string {
  const { scenario } = options;
  if (scenario === undefined)
    throw new UsageError('missing', '--scenario', 'expected the file that is read again, got none');
  const { impairment, protocols } = chooseImpairment(options, seed);
  const other = chooseProtocol(options, protocols);
  if (other.text !== protocol.text)
    throw new UsageError(
      'conflict',
      `${scenario}: protocol`,
      `expected ${protocol.text} as at the start, got ${other.text}; start the proxy anew for another one`,
    );
  if (impairment.phases.length > 0)
    throw new UsageError(
      'conflict',
      `${scenario}: phases`,
      'expected none in a file that is read again, since phases count from the beginning of a flow, got some; leave them out',
    );
  checkControl(options, impairment, protocol, '--protocol');
  const { number } = proxy.change({ down: impairment.down, up: impairment.up });
  return `${scenario} was read again; change ${number}: ${formatImpairment(impairment)}`;
}
