/**
 * The capture of a run: opened for a proxy, and what is said of it at the end.
 */
import { partialOf } from '../../../src/files/atomicFile.ts';
import type { Network } from '../../../src/net/network.ts';
import type { Impairment } from '../../impairment/impairment.ts';
import { formatKnobs } from '../../impairment/knobs.ts';
import { checkCaptureFile } from '../../recording/tap/newFile.ts';
import { RunCapture } from '../../recording/tap/runCapture.ts';
import type { Captured } from '../../recording/tap/runCapture.ts';
import type { WholeProxyRun } from '../proxyRun.ts';

/**
 * Makes the file; null if none is wanted.
 * @throws UsageError for a name that is taken, or of another kind; EnvironmentError if it cannot be made
 */
export async function openCapture(
  { capturePath = null, impairment, log, notice }: WholeProxyRun,
  network: Network,
): Promise<RunCapture | null> {
  if (capturePath === null) return null;
  checkCaptureFile(capturePath);
  return RunCapture.start(capturePath, describe(impairment), network, (line) => {
    log.line(network.clock.nowNs(), line);
    notice?.(line);
  });
}

const describe = ({ seed, down, up }: Impairment): string =>
  `matchstream: seed ${seed}; down: ${formatKnobs(down) || 'no impairment'}; up: ${formatKnobs(up) || 'no impairment'}`;

/** The lines at the end of a run; none without a capture. */
export function formatCaptured(captured: Captured | null): string[] {
  if (captured === null) return [];
  const { path, entered, left, written, leftOut, stragglers, failure } = captured;
  const lines = [
    failure === null
      ? `captured: ${entered} datagrams at the entry and ${left} at the exit in ${path}, ${leftOut} left out`
      : `captured: at least ${written} datagrams in ${partialOf(path)}, ${leftOut} left out`,
  ];
  if (stragglers > 0)
    lines.push(
      `captured: ${stragglers} became known more than 100 ms late, and have the time of the one before`,
    );
  return lines;
}
