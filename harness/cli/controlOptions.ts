/**
 * The options of the control API, for the commands that have one.
 */
import type { Command } from 'commander';
import { readHostPort } from '../../src/base/quantities.ts';
import type { HostPort } from '../../src/base/quantities.ts';
import { readAddressRange } from '../control/access/addressRanges.ts';
import type { Reach } from '../control/proxies/proxyPlan.ts';
import { checkControlAllow } from './controlAccess.ts';
import { read, several } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import { controlAllow } from './options.ts';

/** toxiproxy's, where its clients look. */
export const CONTROL_ADDRESS: HostPort = { host: '127.0.0.1', port: 8474 };

/** For a command that has the API only where it is asked for. */
export const controlOption = () =>
  read(
    '--control <host:port>',
    `change it while it runs, by the HTTP API of toxiproxy and a page; the port alone is one of 127.0.0.1, usually ${CONTROL_ADDRESS.port}`,
    (given, name) => readHostPort(given, name, CONTROL_ADDRESS.port),
  );

export const CONTROL_OPTIONS = {
  controlAllow: controlAllow(),
  allowUpstream: several(
    '--allow-upstream <cidr>',
    'where the control API may have proxies send to, besides this machine; several may be given',
    readAddressRange,
  ),
  allowListen: several(
    '--allow-listen <cidr>',
    'where the control API may have proxies listen, besides on loopback, such as 0.0.0.0; several may be given',
    readAddressRange,
  ),
};

/** @throws UsageError for options of the control API without it */
export function checkControlOptions(command: Command): void {
  checkControlAllow(command, '--control', ['--control-allow', '--allow-upstream', '--allow-listen']);
}

export const reachOf = ({ allowListen, allowUpstream }: ValuesOf<typeof CONTROL_OPTIONS>): Reach => ({
  listen: allowListen ?? [],
  upstream: allowUpstream ?? [],
});
