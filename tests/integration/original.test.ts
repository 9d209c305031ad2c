/**
 * The original programs, played by a few lines each over plain sockets: what they send and what they can read is
 * written here from what those programs do, by no code of ours.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Peer } from '../../src/net/batch.ts';
import { MS, PATIENCE_MS, Plain, matchSource, serve, until, watch, within } from './loopback.ts';

const LIMIT_MS = PATIENCE_MS;
const END = 'End of transmission';

const isText = (value: unknown): boolean => typeof value === 'string';
const isWhole = (value: unknown): boolean => Number.isInteger(value);

/** Reads a datagram as the original client does; throws where that would crash. */
function readAsOriginal(bytes: Buffer): { count: number; score: string; type: string; time_passed: number } {
  // It reads 4096 bytes of a datagram, and what is beyond is gone.
  const parsed = JSON.parse(bytes.subarray(0, 4096).toString('utf8'));
  const { message, timeA, timeB, goleiroA, goleiroB } = parsed;
  assert.ok(isWhole(message.count), 'message.count');
  assert.ok(isText(message.score) && isText(message.content) && isText(message.type), 'texts of the message');
  assert.ok(isWhole(message.time_passed), 'message.time_passed');
  for (const team of [timeA, timeB]) {
    assert.ok(Array.isArray(team) && team.length === 10, 'ten players');
    for (const { nome, time, posicao, cartao_vermelho, gols, tempo_gols, tempo_cv } of team) {
      assert.ok(isText(nome) && isText(time) && isText(posicao), 'texts of a player');
      assert.type(cartao_vermelho, 'boolean');
      assert.ok(isWhole(gols) && isWhole(tempo_cv));
      assert.ok(Array.isArray(tempo_gols) && tempo_gols.every(isWhole) && tempo_gols.length === gols);
    }
  }
  for (const { nome, time } of [goleiroA, goleiroB]) assert.ok(isText(nome) && isText(time), 'a goalkeeper');
  return message;
}

/** The original client: registers, and takes whatever is not the end text for a message. */
async function originalClient(
  server: Peer,
): Promise<{ plain: Plain; messages: () => ReturnType<typeof readAsOriginal>[]; ended: () => boolean }> {
  const plain = await Plain.open();
  await plain.send(server, 'register');
  const isEnd = (bytes: Buffer): boolean => bytes.toString('utf8') === END;
  return {
    plain,
    messages: () => plain.heard.filter((bytes) => !isEnd(bytes)).map(readAsOriginal),
    ended: () => plain.heard.some(isEnd),
  };
}

const theirClient = suite('the original client watches our server');

theirClient('to the end: every datagram is one it can read', async () => {
  const total = 100;
  const { server } = await serve({ source: matchSource({ messages: total }) });
  const { plain, messages, ended } = await originalClient(server.local);
  await until(LIMIT_MS, 'the end text', ended);
  const seen = messages();
  assert.equal(
    seen.map(({ count }) => count),
    Array.from({ length: total }, (_, k) => k + 1),
  );
  assert.ok(seen.every(({ score }) => /^Placar: .+ \d+ - \d+ .+$/.test(score)));
  assert.ok(new Set(seen.map(({ type }) => type)).size >= 5);
  assert.ok(plain.heard.every(({ length }) => length <= 4096));
  // It closes its socket on the end text, and the server is not troubled by that.
  await plain.close();
  const report = await within(LIMIT_MS, 'server', server.done);
  const [member] = report.clients;
  assert.equal(
    [member?.original, member?.sent, member?.refused, member?.leftBecause],
    [true, total, 0, 'ended'],
  );
});

theirClient('beside two of ours, and nobody notices the others', async () => {
  const { server } = await serve({ waitFor: 3 });
  const theirs = await originalClient(server.local);
  const ours = await Promise.all([watch(server.local), watch(server.local)]);
  const reports = await within(LIMIT_MS, 'ours', Promise.all(ours.map(({ client }) => client.done)));
  await until(LIMIT_MS, 'the end text', theirs.ended);
  assert.is(theirs.messages().length, 100);
  for (const { statistics } of reports) assert.equal([statistics.received, statistics.lost], [100, 0]);
  await within(LIMIT_MS, 'server', server.done);
  await theirs.plain.close();
});

theirClient('unregisters and gets no more', async () => {
  const { server, log } = await serve({ source: matchSource({ matches: 0 }) });
  const { plain } = await originalClient(server.local);
  await until(LIMIT_MS, 'ten messages', () => plain.heard.length >= 10);
  await plain.send(server.local, 'unregister');
  const left = (): string | undefined =>
    log.lines.find((line) => line.startsWith('client 1 left: unregistered'));
  await until(LIMIT_MS, 'its leaving', () => left() !== undefined);
  const sent = Number(/(\d+) messages sent$/.exec(left() as string)?.[1]);
  await until(LIMIT_MS, 'what was under way', () => plain.heard.length >= sent);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.is(plain.heard.length, sent);
  server.stop();
  const report = await within(LIMIT_MS, 'server', server.done);
  assert.is(report.clients[0]?.leftBecause, 'unregistered');
  await plain.close();
});

theirClient.run();

const TYPES = [
  'Gol!',
  'Gol Perdido!',
  'Defesa!',
  'Drible mágico!',
  'Falta!',
  'Cartão Amarelo!',
  'Cartão Vermelho!',
  'Pênalti!!',
];

/** Python's `json.dumps`: a space after colon and comma, and everything beyond ASCII escaped. */
function dumps(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dumps).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${dumps(key)}: ${dumps(item)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const player = (nome: string, time: string) => ({
  nome,
  time,
  posicao: 'Atacante',
  cartao_vermelho: false,
  gols: 1,
  tempo_gols: [3],
  tempo_cv: 0,
});
const team = (time: string) => Array.from({ length: 10 }, (_, k) => player(`Jogador ${k} de ${time}`, time));

const datagram = (count: number): string =>
  dumps({
    message: {
      count,
      score: `Placar: Galáticos ${count} - 0 The Bests`,
      content: `Lance número ${count}`,
      type: TYPES[count % TYPES.length],
      time_passed: count * 2,
    },
    timeA: team('Galáticos'),
    timeB: team('The Bests'),
    goleiroA: { nome: 'Muralha', time: 'Galáticos' },
    goleiroB: { nome: 'Paredão', time: 'The Bests' },
  });

/** The original server: streams these counts to whoever registers, and says the end once. */
async function originalServer(counts: readonly number[]): Promise<Plain> {
  const plain = await Plain.open();
  plain.socket.on('message', (bytes, { address, port }) => {
    if (bytes.toString() !== 'register') return;
    const stream = async (): Promise<void> => {
      for (const count of counts) await plain.send({ address, port }, datagram(count));
      await plain.send({ address, port }, END);
    };
    void stream();
  });
  return plain;
}

const theirServer = suite('our client watches the original server');

async function watchOriginal(counts: readonly number[]) {
  const plain = await originalServer(counts);
  const shown: { count: number; text: string }[] = [];
  const { client } = await watch(plain.local, {
    original: true,
    tmaxNs: 50 * MS,
    quietTimeoutNs: PATIENCE_MS * MS,
    observeDatagram: (count, batch, row) =>
      shown.push({ count, text: Buffer.from(batch.payload(row)).toString() }),
  });
  const report = await within(LIMIT_MS, 'client', client.done);
  await until(LIMIT_MS, 'unregister', () => plain.heard.some((bytes) => bytes.toString() === 'unregister'));
  await plain.close();
  return { report, shown, heard: plain.heard.map((bytes) => bytes.toString()) };
}

const COUNTS = Array.from({ length: 50 }, (_, k) => k);

theirServer('says just `register` and, after the end, `unregister`', async () => {
  const { report, heard } = await watchOriginal(COUNTS);
  assert.equal(heard, ['register', 'unregister']);
  assert.is(report.reason, 'end of stream');
});

theirServer('takes counts from 0, and loses nothing of them', async () => {
  const { report, shown } = await watchOriginal(COUNTS);
  assert.equal(
    shown.map(({ count }) => count),
    COUNTS,
  );
  const { received, unique, lost, duplicates, reordered, malformed } = report.statistics;
  assert.equal(
    { received, unique, lost, duplicates, reordered, malformed },
    { received: 50, unique: 50, lost: 0, duplicates: 0, reordered: 0, malformed: 0 },
  );
  assert.equal([report.nextCount, report.lastCount, report.statistics.sent], [null, null, null]);
});

theirServer('counts loss and order rightly where the original client does not', async () => {
  // Arrivals, and what is true of them: lost, reordered, duplicates.
  const cases: [number[], number, number, number][] = [
    [[1, 2, 4, 3, 5], 0, 1, 0],
    [[1, 5, 2, 3, 4, 6], 0, 3, 0],
    [[0, 1, 1, 2, 2, 2], 0, 0, 3],
    [[0, 3, 7], 5, 0, 0],
    [[0, 1, 9, 4, 4], 6, 1, 1],
  ];
  for (const [counts, lost, reordered, duplicates] of cases) {
    const { report } = await watchOriginal(counts);
    const { statistics } = report;
    assert.equal(
      [statistics.received, statistics.lost, statistics.reordered, statistics.duplicates],
      [counts.length, lost, reordered, duplicates],
      `arrivals ${counts.join(', ')}`,
    );
  }
});

theirServer.run();
