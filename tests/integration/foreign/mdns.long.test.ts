/** mDNS through the proxy: dig asks, avahi answers for the group. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { loadNativeSockets } from '../../../src/net/linux/native.ts';
import { isGroup } from '../../../src/net/multicast.ts';
import { PATIENCE_MS, until } from '../loopback.ts';
import { OWN, mayMount, missingNamespaces } from '../namespaces.ts';
import { PROGRAM, inFolder } from '../program.ts';
import { claimsAbout } from './foreign.ts';

const test = suite('mDNS through the proxy');
const claim = claimsAbout(test, 'dig', 'bind9-dnsutils', 'avahi-daemon', 'avahi-daemon');

test('its address is a group', () => {
  assert.ok(isGroup('224.0.0.251'));
});

const AVAHI = `[server]
host-name=striker
use-ipv4=yes
use-ipv6=no
enable-dbus=no
allow-interfaces=d0
[wide-area]
enable-wide-area=no
`;

const loaded = await loadNativeSockets();
const transports = loaded.ok ? (['node', 'linux'] as const) : (['node'] as const);
if (!loaded.ok) test.skip(`on linux: ${loaded.reason}`);
const lack = missingNamespaces();
for (const transport of transports) {
  const named = `a name of mDNS is found through the group's address (${transport})`;
  if (lack !== null || !mayMount()) {
    test.skip(`${named}: ${lack ?? 'it needs the right to mount'}`);
    continue;
  }
  claim(named, () =>
    inFolder(async (folder) => {
      const config = join(folder, 'avahi.conf');
      writeFileSync(config, AVAHI);
      const proxy =
        `'${process.execPath}' '${PROGRAM}' proxy --protocol any --listen 127.0.0.1:5300 --upstream 224.0.0.251:5353 ` +
        `--multicast d0 --transport ${transport} --log none`;
      // avahi-daemon takes some time until it has its name; nothing here outlives the shell's process group.
      const script = [
        OWN,
        'mount -t tmpfs none /run',
        `{ avahi-daemon -f '${config}' --no-drop-root --no-chroot --no-rlimits >/run/avahi.log 2>&1 & }`,
        `{ ${proxy} >'${folder}/table' 2>&1 & }`,
        'proxy=$!',
        'for k in $(seq 60); do answer=$(dig @127.0.0.1 -p 5300 striker.local A +short +tries=1 +timeout=1); [ "$answer" != 10.9.0.1 ] || break; sleep 0.5; done',
        'echo "$answer"; kill -INT $proxy; wait $proxy',
        `cat '${folder}/table'`,
      ].join('\n');
      const child = new Child({
        file: 'unshare',
        args: ['-n', '-m', 'sh', '-c', script],
        limitMs: PATIENCE_MS,
      });
      child.closeInput();
      try {
        assert.is(await child.line(), '10.9.0.1', child.stderr);
        await until(PATIENCE_MS, 'the table', () => child.stdout.includes('transport:'));
        assert.not.match(child.stdout, 'not passed on');
      } finally {
        await child.stop('SIGKILL');
      }
    }),
  );
}

test.run();
