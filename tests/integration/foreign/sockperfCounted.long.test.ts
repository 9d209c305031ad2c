/**
 * sockperf's client and server, with datagrams lost, doubled and held on both ways: what both count is what the proxy says.
 *
 * Its losses and disorder ("# dropped messages") are those of the middle of the run and of the whole round trip, so they are no
 * count of either way.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runToEnd } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { LOSSY, accounted, assertRead, assertTouched, assertUntouched } from './account.ts';
import { claimsAbout, startListening } from './foreign.ts';

const test = suite('what sockperf counts');
const claim = claimsAbout(test, 'sockperf', 'sockperf');

/** What its client says of the whole run. `received` has each number once; what came again is `again`. */
function readClient(output: string): Record<'sent' | 'received' | 'again', number> {
  const [, sent, received] = /\[Total Run\].* SentMessages=(\d+); ReceivedMessages=(\d+)/.exec(output) ?? [];
  const [, again] = /# duplicated messages = (\d+)/.exec(output) ?? [];
  return { sent: Number(sent), received: Number(received), again: Number(again) };
}

test('the figures of the whole run are read, not those of its middle', () => {
  const said =
    'sockperf: [Total Run] RunTime=1.002 sec; Warm up time=400 msec; SentMessages=299; ReceivedMessages=243\n' +
    'sockperf: [Valid Duration] RunTime=0.534 sec; SentMessages=168; ReceivedMessages=107\n' +
    'sockperf: # dropped messages = 39; # duplicated messages = 22; # out-of-order messages = 22\n';
  assert.equal(readClient(said), { sent: 299, received: 243, again: 22 });
});

/** Of some 200: its client stops at its time, whatever is on the way. */
const MOST_LATE = 50;

for (const knobs of [[], [...LOSSY, '--seed', 'sockperf']]) {
  const way = knobs.length === 0 ? 'a clean way' : 'a way that loses, doubles and holds';
  claim(`both ends count what the proxy says of ${way}`, async () => {
    const serverPort = await freePort();
    const listening = ['server', '-i', '127.0.0.1', '-p', String(serverPort)];
    const server = await startListening('sockperf', listening, 'udp', serverPort);
    let output = '';
    const options = ['--protocol', 'field:u64be@0=1', '--upstream', `127.0.0.1:${serverPort}`, ...knobs];
    const { up, down, measured } = await accounted(options, async (port) => {
      const args = `under-load -i 127.0.0.1 -p ${port} -t 1 --mps 200 --reply-every 1`.split(' ');
      output = await runToEnd({ file: 'sockperf', args, limitMs: PATIENCE_MS });
    }).finally(() => server.stop('SIGINT'));
    const { sent, received, again } = readClient(output);
    assert.is(sent, up.entered);
    assert.match(server.stdout + server.stderr, new RegExp(`Total ${up.delivered} messages received`));
    assert.is(down.entered, up.delivered, 'it answers each, copies too');
    assertRead(received + again, down, MOST_LATE);
    const unread = measured('down', 'unique') - received;
    assert.ok(unread >= 0 && unread <= MOST_LATE, `${unread} numbers came when the client was done`);
    if (knobs.length === 0) assertUntouched(up, down);
    else assertTouched(up, down);
  });
}

test.run();
