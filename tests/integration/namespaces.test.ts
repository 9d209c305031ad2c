/** What needs interfaces of one's own, in network namespaces made for it: zones, groups, broadcasts, IPv6 everywhere. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { ended } from './program.ts';

const test = suite('a transport on interfaces of its own');

const WORK = join(import.meta.dirname, 'inNamespace.ts');

/** Shell words that build it; every namespace begins with nothing but a loopback that is down. */
const UP = 'ip link set lo up';
const OWN = `${UP} && ip link add d0 type veth peer name d1 && ip link set d1 up && ip link set d0 up && ip addr add 10.9.0.1/24 brd + dev d0`;
const CABLE = `${UP} && ip link add va type veth peer name vb && for end in va vb; do ip link set $end addrgenmode none; ip link set $end up; done`;
const NAMESPACES: Readonly<Record<string, string>> = {
  zones: `${CABLE} && ip addr add fe80::a/64 dev va nodad && ip addr add fe80::b/64 dev vb nodad`,
  wildcard: `${UP} && for n in 1 2 3; do ip addr add fd00::$n/128 dev lo nodad; done`,
  refusals: UP,
  groups: `${OWN} && ip addr add fe80::d/64 dev d0 nodad`,
  broadcasts: OWN,
};

const CLAIMS: Readonly<Record<string, string>> = {
  zones: 'a link-local address keeps its zone, bound to and heard from',
  wildcard: 'a port on :: answers from the IPv6 address that was asked, and from the IPv4 one',
  refusals: 'refusals are told over IPv6',
  groups: 'groups are joined on an interface, shared, sent to and answered; without one they are refused',
  broadcasts: 'broadcasts are sent by a port that was opened for them, and denied to others',
};

/** Why there can be no namespaces here, or null. */
function missing(): string | null {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces';
  const { error, status, stderr } = spawnSync('unshare', ['-n', 'sh', '-c', UP], { encoding: 'utf8' });
  if (error !== undefined) return 'it needs unshare and ip (Debian: util-linux, iproute2)';
  return status === 0 ? null : `it needs the right to make network namespaces (${stderr.trim()})`;
}

test('every claim has a namespace to hold in', () => {
  assert.equal(Object.keys(NAMESPACES), Object.keys(CLAIMS));
  for (const build of Object.values(NAMESPACES)) assert.ok(build.startsWith(UP), build);
});

const lack = missing();
const loaded = await loadNativeSockets();
for (const transport of ['node', 'linux']) {
  for (const [work, claim] of Object.entries(CLAIMS)) {
    const name = `${claim} (${transport})`;
    const reason = lack ?? (transport === 'node' || loaded.ok ? null : loaded.reason);
    if (reason !== null) {
      test.skip(`${name}: ${reason}`);
      continue;
    }
    test(name, async () => {
      const command = `${NAMESPACES[work]} && exec "$@"`;
      const child = spawn(
        'unshare',
        ['-n', 'sh', '-c', command, 'sh', process.execPath, '--import', 'tsx', WORK, work, transport],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      );
      const { code, stdout, stderr } = await ended(child);
      assert.is(`${stdout.trim()}${stderr}`, 'done');
      assert.is(code, 0);
    });
  }
}
test.run();
