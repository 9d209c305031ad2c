/** A name server, dnsmasq, that answers from what it is told and asks nobody. */
import type { Child } from '../../../bench/peers/peerProcess.ts';
import { startListening } from './foreign.ts';

const OPTIONS =
  '--no-daemon --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces --user=root --pid-file= --except-interface=none';

/** @param records its further options: what it knows */
export const startNames = (port: number, records: string, host = '127.0.0.1'): Promise<Child> =>
  startListening(
    'dnsmasq',
    [...OPTIONS.split(' '), `--listen-address=${host}`, `--port=${port}`, ...records.split(' ')],
    'udp',
    port,
  );
