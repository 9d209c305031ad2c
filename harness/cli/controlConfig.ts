/**
 * The file of `control --config`: an array of proxies, as toxiproxy has it.
 */
import { UsageError } from '../../src/base/errors.ts';
import { readSmallFile } from '../../src/files/inputs.ts';
import { ApiError, withoutRequest } from '../control/apiError.ts';
import { readProxyPlans } from '../control/proxies/proxyPlan.ts';
import type { ProxyPlan } from '../control/proxies/proxyPlan.ts';

const MAX_BYTES = 1 << 20;

/** @throws UsageError for a file that cannot be read, or is none */
export function readControlConfig(path: string): ProxyPlan[] {
  const subject = `--config ${path}`;
  const content = readSmallFile(path, MAX_BYTES);
  if (!content.ok)
    throw new UsageError('file-unreadable', subject, `expected a readable file, got ${content.reason}`);
  try {
    return readProxyPlans(JSON.parse(content.value) as unknown);
  } catch (cause) {
    const reason =
      cause instanceof SyntaxError ? `expected JSON, got a text that is not: ${cause.message}` : null;
    if (reason === null && !(cause instanceof ApiError) && !(cause instanceof UsageError)) throw cause;
    throw new UsageError('file-format', subject, reason ?? withoutRequest(cause as Error), { cause });
  }
}
