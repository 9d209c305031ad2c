/** Every kind of datagram that can be sent in somebody else's name, and the ways to a server that it can be sent on. */
import {
  encodeAlive,
  encodeChallenge,
  encodeEnd,
  encodeRegister,
  encodeRegistered,
  encodeUnregister,
} from '../../src/protocol/control.ts';
import { randomStream } from '../../src/base/random.ts';
import type { Peer } from '../../src/net/batch.ts';
import { ended, printed } from './program.ts';
import { PRODUCT } from './twoHosts.ts';
import type { TwoHosts } from './twoHosts.ts';

const TOKEN = 'UjkKSeNuksVtQCe_lTw7Nw';
const text = (characters: string): Uint8Array => Buffer.from(characters);

const message = (count: number): Uint8Array =>
  text(
    `{"message":{"count":${count},"score":"a 0 - 0 b","content":"","type":1,"minute":1,"atUs":0},"timeA":[]}`,
  );

function random(lengthBytes: number): Uint8Array {
  const { draw } = randomStream(`forged/${lengthBytes}`);
  return Buffer.from(Array.from({ length: lengthBytes }, () => Math.floor(draw() * 256)));
}

const registered = encodeRegistered({
  nonce: 'n',
  client: 1,
  nextCount: 1,
  timing: { intervalUs: 1000, speed: 1 },
  epochUs: 0,
  keepAliveMs: 1000,
});

/** Name → payload. The tokens are nobody's: what a real one of another address does is a test of its own. */
export const FORGED: Readonly<Record<string, Uint8Array>> = {
  'plain register': text('register'),
  'plain unregister': text('unregister'),
  'original end': text('End of transmission'),
  'register without a token': encodeRegister({ nonce: 'n', token: null, client: null }),
  'register with a long nonce': text(
    `{"register":{"version":1,"nonce":"${'n'.repeat(32)}","client":1000000}}`.padEnd(512),
  ),
  'register with a longer nonce': text(
    `{"register":{"version":1,"nonce":"${'n'.repeat(64)}","client":1000000}}`.padEnd(512),
  ),
  'register with a made-up token': encodeRegister({ nonce: 'n', token: TOKEN, client: null }),
  'short register': text('{"register":{"version":1,"nonce":"n"}}'),
  'short register with a token': text(`{"register":{"version":1,"nonce":"n","token":"${TOKEN}"}}`),
  alive: encodeAlive(TOKEN),
  unregister: encodeUnregister(TOKEN),
  challenge: encodeChallenge(TOKEN),
  registered,
  end: encodeEnd('n', 5),
  'first message': message(1),
  'late message': message(100_000),
  nothing: text(''),
  'one byte': text('r'),
  'random bytes': random(300),
  'an open bracket': text('{'),
  'the largest datagram': random(65_507),
};

/** Ways to a server: how many proxies stand before it. */
export const WAYS = { 'a server': 0, 'a proxy before it': 1, 'two proxies before it': 2 } as const;
/** Where the inner ones listen: the same host trusts its loopback, another one is reached by its address. */
export const INSIDE = { loopback: '127.0.0.1', cable: PRODUCT };

const STREAM = ['--seed', '1', '--interval', '2ms', '--matches', '0', '--wait-for', '1', '--log', 'none'];

/**
 * Starts a server that streams and the proxies before it; returns where to send to, one place a client: a proxy has a
 * port for each, and before two proxies each place has an outer one of its own.
 */
export async function buildWay(
  { start }: TwoHosts,
  proxies: number,
  inside: string,
  places: number,
  impaired: readonly string[],
): Promise<Peer[]> {
  const begin = async (args: readonly string[]): Promise<void> => {
    const program = start('product', args);
    const end = ended(program, 600_000);
    end.catch(() => undefined);
    await Promise.race([
      printed(program, /listening on \S+/, 60_000),
      end.then(({ stderr }) => {
        throw new Error(`${args[0]} ended: ${stderr}`);
      }),
    ]);
  };
  const hostOf = (depth: number): string => (depth === proxies ? '0.0.0.0' : inside);
  const proxy = (listen: string, upstream: number, flows: number): Promise<void> =>
    begin(
      ['proxy', '--listen', listen, '--upstream', `${inside}:${upstream}`, '--flows', `${flows}`].concat(
        impaired,
        ['--log', 'none'],
      ),
    );
  await begin(['server', '--host', hostOf(0), '--port', '9000', ...STREAM]);
  if (proxies > 0) await proxy(`${hostOf(1)}:10000`, 9000, places);
  const numbers = Array.from({ length: places }, (_, k) => 9000 + proxies * 1000 + (proxies === 0 ? 0 : k));
  if (proxies > 1) for (const [k, port] of numbers.entries()) await proxy(`0.0.0.0:${port}`, 10_000 + k, 1);
  return numbers.map((port) => ({ address: PRODUCT, port }));
}

/** What came back to names beyond what was sent in them: of payload, and of packets with their headers. */
export async function excess({ forger }: TwoHosts, titles: ReadonlyMap<string, string>): Promise<string[]> {
  const HEADERS_BYTES = 28;
  const echoes = await forger.echoes();
  const found: string[] = [];
  for (const [name, { datagrams, bytes }] of echoes) {
    const sent = forger.sent.get(name) ?? { datagrams: 0, bytes: 0 };
    const title = titles.get(name);
    const isMore =
      bytes > sent.bytes || bytes + datagrams * HEADERS_BYTES > sent.bytes + sent.datagrams * HEADERS_BYTES;
    if (title !== undefined && isMore)
      found.push(`${title}: ${bytes} bytes in ${datagrams} datagrams for ${sent.bytes} in ${sent.datagrams}`);
  }
  return found;
}
