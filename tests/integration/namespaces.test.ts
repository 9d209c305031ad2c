/** What needs interfaces of one's own, in network namespaces made for it: zones, groups, broadcasts, IPv6 everywhere. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { CABLE, OWN, UP, missingNamespaces, runInNamespace } from './namespaces.ts';

const test = suite('a transport on interfaces of its own');

const WORK = join(import.meta.dirname, 'inNamespace.ts');

const NAMESPACES: Readonly<Record<string, string>> = {
  zones: CABLE,
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

test('every claim has a namespace to hold in', () => {
  assert.equal(Object.keys(NAMESPACES), Object.keys(CLAIMS));
  for (const build of Object.values(NAMESPACES)) assert.ok(build.startsWith(UP), build);
});

const lack = missingNamespaces();
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
      const { code, stdout, stderr } = await runInNamespace(NAMESPACES[work] as string, WORK, [
        work,
        transport,
      ]);
      assert.is(`${stdout.trim()}${stderr}`, 'done');
      assert.is(code, 0);
    });
  }
}
test.run();
