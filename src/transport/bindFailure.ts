/** What a user reads when a port cannot be had: the same for every transport. */
import { EnvironmentError } from '../errors.ts';
import { describeShortage, isShortage } from '../files/descriptorLimit.ts';
import { formatEndpoint } from '../quantities.ts';
import type { OpenOptions } from './transport.ts';

/** @param code the system's name for it, such as EADDRINUSE */
export function bindFailure(options: OpenOptions, code: string, cause?: unknown): EnvironmentError {
  if (isShortage(code)) {
    const where = formatEndpoint(options.host, options.port);
    return new EnvironmentError(`cannot listen on ${where}: ${describeShortage(code)}`, { cause });
  }
  const remedy =
    code === 'EADDRINUSE'
      ? 'another program has it: choose another port, or 0 to have one picked'
      : 'choose an address of this machine';
  return new EnvironmentError(
    `cannot listen on ${formatEndpoint(options.host, options.port)} (${code}); ${remedy}`,
    {
      cause,
    },
  );
}
