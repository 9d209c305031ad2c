/** The error when a port cannot be opened, the same for every transport. */
import { EnvironmentError } from '../base/errors.ts';
import type { EnvironmentCode } from '../base/errors.ts';
import { describeShortage, isShortage } from '../files/descriptorLimit.ts';
import { formatHostPort } from '../base/quantities.ts';
import type { OpenOptions } from './transport.ts';

/** System error code → remedy. */
const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has it: choose another port, or 0 to have one picked',
  EADDRNOTAVAIL: 'choose an address of this machine',
  EACCES: 'choose a port from 1024 on: those below are for the superuser',
  EPERM: 'choose a port from 1024 on: those below are for the superuser',
  EAFNOSUPPORT: 'this machine has no such addresses: choose one of the other kind, such as 127.0.0.1',
};

/** System error code → our error code. */
const CODES: Readonly<Record<string, EnvironmentCode>> = {
  EADDRINUSE: 'port-taken',
  EACCES: 'no-permission',
  EPERM: 'no-permission',
};

/** @param code the system's error code, such as EADDRINUSE */
export function bindFailure(options: OpenOptions, code: string, cause?: unknown): EnvironmentError {
  if (isShortage(code)) {
    const where = formatHostPort(options.host, options.port);
    return new EnvironmentError(
      'too-many-open-files',
      `cannot listen on ${where}: ${describeShortage(code)}`,
      { cause },
    );
  }
  const remedy = REMEDIES[code] ?? 'choose another address or port';
  return new EnvironmentError(
    CODES[code] ?? 'address-unavailable',
    `cannot listen on ${formatHostPort(options.host, options.port)} (${code}); ${remedy}`,
    {
      cause,
    },
  );
}
