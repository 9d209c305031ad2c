import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { refusalOf } from '../../../harness/control/access/access.ts';
import type { Access } from '../../../harness/control/access/access.ts';
import { isWithin, readAddressRange } from '../../../harness/control/access/addressRanges.ts';
import { assertRefusal } from '../../refusals.ts';

const ranges = suite('ranges of addresses');

const within = (address: string, range: string): boolean =>
  isWithin(address, [readAddressRange(range, '--control-allow')]);

ranges('an address lies within a range or not', () => {
  const table: [address: string, range: string, wanted: boolean][] = [
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '0.0.0.0/0', true],
    ['192.168.1.127', '192.168.1.0/25', true],
    ['192.168.1.128', '192.168.1.0/25', false],
    ['192.168.1.7', '192.168.1.7', true],
    ['192.168.1.8', '192.168.1.7', false],
    // Bits behind the prefix do not count.
    ['172.31.255.255', '172.16.9.9/12', true],
    ['::ffff:10.1.2.3', '10.0.0.0/8', true],
    // A range of IPv4 within IPv6 is one of IPv4.
    ['10.1.2.3', '::ffff:10.0.0.0/104', true],
    ['::ffff:10.1.2.3', '::ffff:10.1.2.3', true],
    ['11.1.2.3', '::ffff:10.0.0.0/104', false],
    ['10.1.2.3', '::ffff:0.0.0.0/96', true],
    ['fd00::1', 'fd00::/8', true],
    ['fe00::1', 'fd00::/8', false],
    ['::1', '0.0.0.0/0', false],
    ['10.1.2.3', '::/0', false],
    ['fe80::1%eth0', 'fe80::/10', true],
    ['localhost', '0.0.0.0/0', false],
    ['', '0.0.0.0/0', false],
  ];
  for (const [address, range, wanted] of table)
    assert.is(within(address, range), wanted, `${address} ${range}`);
});

ranges('what is no range is refused', async () => {
  for (const text of [
    '',
    'x',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
  ])
    await assertRefusal(() => readAddressRange(text, '--control-allow'), 'value-format | --control-allow');
});

ranges.run();

const access = suite('who may ask');

const OPEN: Access = { allow: [], token: null, hostName: null };
const TOKEN: Access = { ...OPEN, token: 's3cret:x' };
const ALLOWED: Access = { ...OPEN, allow: [readAddressRange('10.0.0.0/8', '--control-allow')] };

interface Given {
  readonly method?: string;
  readonly peer?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isOpenToBrowsers?: boolean;
}

const status = (rules: Access, given: Given = {}): number => {
  const { method = 'GET', peer = '127.0.0.1', headers = {}, isOpenToBrowsers = false } = given;
  const all: Record<string, string> = { host: '127.0.0.1:8474', ...headers };
  return (
    refusalOf(rules, { method, peer, header: (name) => all[name] ?? null, isOpenToBrowsers })?.status ?? 200
  );
};

access('whoever is on this machine, and nobody else without leave', () => {
  assert.is(status(OPEN), 200);
  assert.is(status(OPEN, { peer: '::1' }), 200);
  assert.is(status(OPEN, { peer: '::ffff:127.0.0.1' }), 200);
  assert.is(status(OPEN, { peer: '10.1.1.1' }), 403);
  assert.is(status(OPEN, { peer: null }), 403);
  assert.is(status(ALLOWED, { peer: '10.1.1.1' }), 200);
  assert.is(status(ALLOWED, { peer: '::ffff:10.1.1.1' }), 200);
  assert.is(status(ALLOWED, { peer: '11.1.1.1' }), 403);
  assert.is(status(ALLOWED), 200);
});

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

access('a token is shown as a bearer’s or as a password, wherever one comes from', () => {
  const table: [authorization: string, wanted: number][] = [
    ['Bearer s3cret:x', 200],
    ['bearer s3cret:x', 200],
    [basic('anybody:s3cret:x'), 200],
    [basic(':s3cret:x'), 200],
    ['', 401],
    ['Bearer', 401],
    ['Bearer s3cret', 401],
    ['Bearer s3cret:xx', 401],
    ['s3cret:x', 401],
    ['Digest s3cret:x', 401],
    [basic('s3cret:x:'), 401],
    ['Basic !!', 401],
  ];
  for (const [authorization, wanted] of table) {
    assert.is(status(TOKEN, { headers: { authorization } }), wanted, authorization);
    assert.is(status(TOKEN, { peer: '10.1.1.1', headers: { authorization } }), wanted, authorization);
  }
  assert.is(status(TOKEN), 401);
  assert.is(status({ ...ALLOWED, token: 'x' }, { peer: '10.1.1.1' }), 200, 'allowed by its address');
});

access('a host is an address, or a name that no public page can have', () => {
  const hostStatus = (host: string, hostName: string | null = null): number =>
    status({ ...OPEN, hostName }, { headers: { host } });
  for (const host of [
    '127.0.0.1',
    '127.0.0.1:80',
    '[::1]:8474',
    'localhost:8474',
    'LOCALHOST',
    'localhost.',
    'toxiproxy:8474',
    'my_box-1',
    'toxiproxy.default.svc.cluster.local',
    'a.internal',
    'x.test',
    'pi.home.arpa',
    '8.8.8.8',
  ])
    assert.is(hostStatus(host), 200, host);
  for (const host of [
    '',
    'evil.example',
    'evil.example:8474',
    '127.0.0.1.evil.example',
    '[evil]:1',
    'a b',
    'a/b',
    'localhost.evil.example',
    'xlocalhost.com',
    ':8474',
    'evil@localhost',
    'notlocal.xlocal',
  ])
    assert.is(hostStatus(host), 403, host);
  assert.is(hostStatus('proxy.example.com:8474', 'proxy.example.com'), 200);
  assert.is(hostStatus('other.example.com:8474', 'proxy.example.com'), 403);
});

access('a browser reads what is open to it, and changes nothing but by our page', () => {
  const headers = { 'user-agent': 'Mozilla/5.0 (X11)' };
  assert.is(status(OPEN, { headers }), 403);
  assert.is(status(OPEN, { headers, isOpenToBrowsers: true }), 200);
  assert.is(status(OPEN, { headers: { ...headers, 'x-matchstream': 'page' } }), 200);
  assert.is(status(OPEN, { headers: { ...headers, 'x-matchstream': 'other' } }), 403);
  assert.is(status(OPEN, { headers: { 'user-agent': 'toxiproxy-cli (Mozilla/5.0)' } }), 200);
});

access('a page of elsewhere changes nothing, whatever its user agent', () => {
  const post = (origin: string): number => status(OPEN, { method: 'POST', headers: { origin } });
  assert.is(post('http://127.0.0.1:8474'), 200);
  assert.is(post('http://evil.example'), 403);
  assert.is(post('http://127.0.0.1:9999'), 403);
  assert.is(post('null'), 403);
});

access.run();
