/**
 * Who may use a page or the control API: from where it listens, `--control-allow` and the environment's token.
 */
import type { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { addressBytes } from '../../src/base/ipAddress.ts';
import { isLoopback } from '../../src/base/loopback.ts';
import type { HostPort } from '../../src/base/quantities.ts';
import { resolveHost } from '../../src/service/resolveHost.ts';
import type { Access } from '../control/access/access.ts';
import type { AddressRange } from '../control/access/addressRanges.ts';
import { givenOptions, refuse } from './declare.ts';

const TOKEN = 'MATCHSTREAM_CONTROL_TOKEN';

/** @throws UsageError for `--control-allow`, or another of these options, without the one that opens a port */
export function checkControlAllow(
  command: Command,
  opening: string,
  names: readonly string[] = ['--control-allow'],
): void {
  const [name] = givenOptions(command, names);
  if (name === undefined || givenOptions(command, [opening]).length > 0) return;
  refuse(name, `${opening} beside it`, 'none', 'say where to listen, or leave it out', 'missing');
}

/**
 * @param option that says where it listens, such as `--control`
 * @returns who may ask, and where it listens in numbers
 * @throws UsageError where others than this machine could reach it, and nothing says who may
 */
export async function accessFor(
  { host, port }: HostPort,
  allow: readonly AddressRange[] | undefined,
  option: string,
): Promise<{ readonly access: Access; readonly listen: HostPort }> {
  const token = process.env[TOKEN] ?? null;
  if (token?.trim() === '')
    throw new UsageError(
      'value-format',
      TOKEN,
      'expected a token, got an empty one; unset it, or give it one',
    );
  const address = await resolveHost(host, option);
  if (!isLoopback(address) && allow === undefined && token === null) {
    throw new UsageError(
      'missing',
      option,
      `expected --control-allow CIDR beside it, or ${TOKEN}, since others than this machine reach ${host}, got neither; ` +
        'say who may, such as --control-allow 172.16.0.0/12, or listen on 127.0.0.1',
    );
  }
  const hostName = addressBytes(host) === null ? host : null;
  return { access: { allow: allow ?? [], token, hostName }, listen: { host: address, port } };
}
