/** The proxy with addresses that need interfaces of one's own: zones, groups, broadcasts. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalAddress } from '../../src/net/transport.ts';
import { isBroadcast, isGroup } from '../../src/net/multicast.ts';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { readHostPort } from '../../src/base/quantities.ts';
import { CABLE, OWN, missingNamespaces, runInNamespace } from './namespaces.ts';

const test = suite('the proxy on interfaces of its own');

const WORK = join(import.meta.dirname, 'proxyInNamespace.ts');

const CLAIMS: readonly (readonly [work: string, build: string, claim: string])[] = [
  ['zones', CABLE, 'link-local addresses with a zone are listened on and sent to'],
  [
    'groupAsUpstream',
    `${OWN} && ip addr add fe80::d/64 dev d0 nodad`,
    'every member of a group answers, and the flow stays with the group',
  ],
  ['groupAsListen', OWN, 'what is sent to a group is heard and answered'],
  ['broadcasts', OWN, 'a broadcast address is sent to where that is asked for, and refused where not'],
];

test('addresses are read with their zones, and told apart', () => {
  assert.equal(readHostPort('[fe80::1%eth0.5]:9', '--listen'), { host: 'fe80::1%eth0.5', port: 9 });
  assert.is(canonicalAddress('FE80:0::1%nowhere'), 'fe80::1%nowhere');
  assert.equal(['224.0.0.251', 'ff02::fb', '223.0.0.1', 'fe80::1', '240.0.0.1'].map(isGroup), [
    true,
    true,
    false,
    false,
    false,
  ]);
  assert.equal(['255.255.255.255', '127.255.255.255', '::1'].map(isBroadcast), [true, false, false]);
});

const lack = missingNamespaces();
const loaded = await loadNativeSockets();
for (const transport of ['node', 'linux'])
  for (const [work, build, claim] of CLAIMS) {
    const name = `${claim} (${transport})`;
    const reason = lack ?? (transport === 'node' || loaded.ok ? null : loaded.reason);
    if (reason !== null) {
      test.skip(`${name}: ${reason}`);
      continue;
    }
    test(name, async () => {
      const { code, stdout, stderr } = await runInNamespace(build, WORK, [work, transport]);
      assert.is(`${stdout.trim()}${stderr}`, 'done');
      assert.is(code, 0);
    });
  }
test.run();
