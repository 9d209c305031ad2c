/**
 * mosh through the proxy: a session works over a lossy, slow way, and its ECN bits are carried across on `linux`.
 *
 * mosh marks its datagrams as capable of ECN (ECT) and slows down for marks (CE). No router here is congested: the witness
 * before the proxy marks some, in the place of a queue with ECN, for which one must be root. What mosh makes of a mark it
 * shows nobody. That it came to mosh-server's side is what the witness there says.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sum } from '../../../src/base/figures.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { loadNativeSockets } from '../../../src/net/linux/native.ts';
import { missingPython } from '../foreignSockets.ts';
import { pause } from '../../net/arrivals.ts';
import { PATIENCE_MS, within } from '../loopback.ts';
import { ended, inFolder, printed, start } from '../program.ts';
import { TosRelay } from '../tosWitness.ts';
import type { TosCounts } from '../tosWitness.ts';
import { claimsAbout } from './foreign.ts';

const loaded = await loadNativeSockets();
const noPython = missingPython();

const test = suite('mosh through the proxy');
const claim = claimsAbout(test, 'mosh-server', 'mosh');

/** It refuses to run without UTF-8. */
const LOCALE = { LC_ALL: 'C.UTF-8' };

/** The shell of the session: writes each line down in a file, until it hears `bye`. */
const SHELL = `while read line; do echo "$line" >> "$1"; test "$line" = bye && exit; done`;

/** Types each line, a key at a time, into mosh-client at a terminal of its own, and waits until it ends. */
const TYPIST = `
import fcntl, os, pty, select, struct, subprocess, sys, termios, time
port, heard, lines = sys.argv[1], sys.argv[2], sys.argv[3:]
near, far = pty.openpty()
fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
client = subprocess.Popen(['mosh-client', '127.0.0.1', port], stdin=far, stdout=far, stderr=far, start_new_session=True)
os.close(far)
def look(seconds):
    try:
        if select.select([near], [], [], seconds)[0]: os.read(near, 65536)
    except OSError: pass
try:
    for line in lines:
        for key in line + '\\n':
            os.write(near, key.encode())
            look(0.02)
        while client.poll() is None and not (os.path.exists(heard) and line in open(heard).read().split()): look(0.05)
    while client.poll() is None: look(0.05)
finally:
    client.kill()
sys.exit(client.wait())
`;

const LINES = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'bye'];

const total = (counts: Readonly<Record<string, number>>): number => sum(Object.values(counts));

interface Session {
  /** What passed before the proxy, as it left there, and behind it. */
  readonly before: TosCounts;
  readonly behind: TosCounts;
  /** What the shell heard. */
  readonly heard: readonly string[];
  readonly stdout: string;
}

/** A session through a witness, the proxy and a second witness. */
async function talk(folder: string, options: readonly string[]): Promise<Session> {
  const port = await freePort();
  writeFileSync(join(folder, 'shell.sh'), SHELL);
  // It goes on in the background.
  const served = spawnSync(
    'mosh-server',
    ['new', '-i', '127.0.0.1', '-p', `${port}`, '--', 'sh', join(folder, 'shell.sh'), join(folder, 'heard')],
    { cwd: folder, env: { ...process.env, ...LOCALE }, encoding: 'utf8', timeout: PATIENCE_MS },
  );
  const [, key = ''] = /MOSH CONNECT \d+ (\S+)/.exec(served.stdout) ?? [];
  const [, pid = ''] = /detached, pid = (\d+)/.exec(served.stderr) ?? [];
  const behind = new TosRelay(port);
  const upstream = `127.0.0.1:${await behind.port}`;
  const args = ['--protocol', 'any', '--listen', '127.0.0.1:0', '--upstream', upstream, '--log', 'none'];
  const proxy = start(['proxy', ...args, ...options], folder);
  const proxyEnd = ended(proxy);
  let before: TosRelay | null = null;
  try {
    const [, listening = ''] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
    before = new TosRelay(Number(listening), 4);
    const typist = spawn('python3', ['-c', TYPIST, `${await before.port}`, join(folder, 'heard'), ...LINES], {
      env: { ...process.env, ...LOCALE, TERM: 'xterm', MOSH_KEY: key },
      stdio: 'ignore',
    });
    const typed = new Promise<number | null>((resolve) => typist.once('close', resolve));
    const code = await within(PATIENCE_MS, 'the session', typed).finally(() => typist.kill('SIGTERM'));
    assert.is(code, 0, 'mosh-client');
    await untilQuiet([before, behind]);
    proxy.kill('SIGINT');
    const { code: proxied, stdout, stderr } = await proxyEnd;
    assert.is(proxied, 0, stderr);
    await untilQuiet([before, behind]);
    const heard = readFileSync(join(folder, 'heard'), 'utf8').trimEnd().split('\n');
    return { before: await before.seen(), behind: await behind.seen(), heard, stdout };
  } finally {
    proxy.kill('SIGKILL');
    before?.end();
    behind.end();
    // It ends by itself with its shell, unless something failed before.
    if (pid !== '' && existsSync(`/proc/${pid}`)) process.kill(Number(pid), 'SIGTERM');
  }
}

/** Waits until nothing passes any more. */
async function untilQuiet(relays: readonly TosRelay[]): Promise<void> {
  const passed = async (): Promise<number> => {
    const seen = await Promise.all(relays.map((relay) => relay.seen()));
    return sum(seen.map(({ up, down }) => total(up) + total(down)));
  };
  for (let last = -1, now = 0; now !== last; now = await passed()) {
    last = now;
    await pause(300);
  }
}

const LOSSY =
  '--drop 10% --duplicate 5% --reorder 5% --hold-max 100ms --delay 20ms --jitter 5ms --direction both --seed 7'.split(
    ' ',
  );

const ECT0 = 2;
const CE = 3;
const ecnOf = (counts: Readonly<Record<string, number>>): number[] =>
  [...new Set(Object.keys(counts).map((tos) => Number(tos) & 3))].toSorted();

test('its bits are where RFC 3168 has them', () => {
  assert.equal(ecnOf({ 146: 3, 147: 1, 2: 5 }), [ECT0, CE]);
});

/** The proxy's total of a way: how many arrived, and how many left. */
function told(stdout: string, way: 'up' | 'down'): (number | undefined)[] {
  const [, arrived, forwarded] =
    new RegExp(`^total ${way}: (\\d+) arrived, .*, (\\d+) forwarded,`, 'm').exec(stdout) ?? [];
  return [Number(arrived), Number(forwarded)];
}

const works = 'a session works over a lossy way';
const carried = `${works}, and ECT and CE come out as they went in: linux`;
const lost = `${works}, and they do not come out, which is said: node`;
if (noPython !== null) for (const name of [carried, lost]) test.skip(`${name} (${noPython})`);
else {
  if (!loaded.ok) test.skip(`${carried} (${loaded.reason})`);
  else
    claim(carried, async () => {
      await inFolder(async (folder) => {
        const session = await talk(folder, [...LOSSY, '--transport', 'linux']);
        assert.equal(session.heard, LINES);
        const { before, behind, stdout } = session;
        // The marks are made on the way up.
        for (const up of [before.up, behind.up]) assert.equal(ecnOf(up), [ECT0, CE]);
        for (const down of [before.down, behind.down]) assert.equal(ecnOf(down), [ECT0]);
        assert.equal(told(stdout, 'up'), [total(before.up), total(behind.up)]);
        assert.equal(told(stdout, 'down'), [total(behind.down), total(before.down)]);
        assert.not.match(stdout, 'type of service');
      });
    });
  claim(lost, async () => {
    await inFolder(async (folder) => {
      const { heard, before, behind, stdout } = await talk(folder, [...LOSSY, '--transport', 'node']);
      assert.equal(heard, LINES);
      assert.equal([ecnOf(before.up), ecnOf(behind.up)], [[ECT0, CE], [0]]);
      assert.equal([ecnOf(behind.down), ecnOf(before.down)], [[ECT0], [0]]);
      assert.match(stdout, /^note: the type of service is not carried across$/m);
    });
  });
}

test.run();
