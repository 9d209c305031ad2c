/**
 * Option names of other tools (netem, iperf3, toxiproxy, nc, socat, ping and the like), and our names for them.
 */

/**
 * A name without dashes → the options it may mean, likeliest first. The first one that the command has is suggested.
 */
const MEANINGS: Readonly<Record<string, string>> = {
  'loss packet-loss drop-rate loss-rate drop-ratio loss-ratio plr lossy drop-packets': 'drop',
  'burst burst-loss loss-burst gemodel gilbert gilbert-elliott': 'drop-burst',
  'loss-state state': 'drop-state',
  'dup dupe dups duplication duplicates duplicate-rate': 'duplicate',
  'reordering ooo out-of-order shuffle disorder reorder-rate': 'reorder',
  'gap reorder-gap': 'reorder-distance',
  'corruption bit-errors bit-error-rate ber damage corrupt-rate': 'corrupt',
  'latency lag ping delay-ms rtt': 'delay',
  'delay-variation variation jitter-ms': 'jitter',
  'bandwidth bw rate-limit throttle bitrate limit-rate speed-limit b': 'rate interval intervals',
  'queue-size buffer queue-length limit': 'queue',
  'pps fps freq frequency hz period every': 'interval intervals',
  'listen-port local-port lport': 'listen port',
  'port p': 'listen server port',
  'host address addr': 'host server upstream',
  'bind bind-address local src source listen-address interface': 'listen host',
  'listen l': 'listen host',
  'target dest destination dst to remote forward connect backend': 'upstream server',
  'server upstream proxy': 'upstream server',
  'count num number packets datagrams n c messages-count': 'messages clients last',
  'users connections parallel num-clients receivers': 'clients flows',
  'size length len packet-size payload-size payload s datagram-bytes': 'datagram-size',
  'time t duration seconds': 'duration for',
  'output out-file file write o': 'out report stats',
  'out csv results report-dir dir': 'report out stats',
  'verbose debug v vv': 'log-level',
  'silent q no-output': 'quiet',
  'random-seed rng rand random': 'seed',
  'timeout w wait': 'register-timeout exec-timeout idle',
  'assert require threshold fail-if': 'expect',
  'speedup factor multiplier': 'speed',
  'profile network conditions netem': 'preset',
  'config conf f': 'scenario squads',
  'command cmd run-command e': 'exec',
  proto: 'protocol',
  'log-file logfile': 'log',
};

const TABLE = new Map(
  Object.entries(MEANINGS).flatMap(([names, meanings]) =>
    names.split(' ').map((name) => [name, meanings.split(' ').map((meaning) => `--${meaning}`)] as const),
  ),
);

/** The command's option that a foreign option means; null if there is none. @param flag with its dashes */
export function foreignMeaning(flag: string, has: (long: string) => boolean): string | null {
  const meanings = TABLE.get(flag.replace(/^-+/, '').toLowerCase());
  return meanings?.find((long) => long !== flag && has(long)) ?? null;
}
