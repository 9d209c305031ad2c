import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decodeOriginalMessage,
  encodeOriginalMessage,
  ORIGINAL_END,
  ORIGINAL_REGISTER,
  ORIGINAL_UNREGISTER,
} from '../../src/protocol/original.ts';
import { encodeStreamMessage, prepareStreamTemplate, templateMaxLength } from '../../src/protocol/stream.ts';
import type { StreamMessage } from '../../src/protocol/stream.ts';
import { anyMessage, bytesOf, GARBAGE, GOAL, KICK_OFF, player, reasonOf, SEED, textOf } from './messages.ts';

const nobody = (time: string, posicao: string): string =>
  `{"nome": "-", "time": "${time}", "posicao": "${posicao}", "cartao_vermelho": false, "gols": 0, "tempo_gols": [], "tempo_cv": 0}`;
const AFTER_TWO = ['Zagueiro', 'Lateral', 'Volante', 'Meia', 'Meia', 'Atacante', 'Atacante', 'Atacante'];
const FIRST_TWO = ['Lateral', 'Zagueiro'];

const encoding = suite('encoding for an original client');

encoding('is what json.dumps gives, with ten players a side', () => {
  const teamA = [
    '{"nome": "Z\\u00e9", "time": "Gal\\u00e1ticos", "posicao": "Lateral", "cartao_vermelho": true, "gols": 2, "tempo_gols": [3, 12], "tempo_cv": 90}',
    '{"nome": "Rui", "time": "Gal\\u00e1ticos", "posicao": "Zagueiro", "cartao_vermelho": false, "gols": 0, "tempo_gols": [], "tempo_cv": 0}',
    ...AFTER_TWO.map((posicao) => nobody('Gal\\u00e1ticos', posicao)),
  ];
  const teamB = [...FIRST_TWO, ...AFTER_TWO].map((posicao) => nobody('The Bests', posicao));
  const expected =
    '{"message": {"count": 4294967297, "score": "Placar: Gal\\u00e1ticos 1 - 0 The Bests", "content": "Gol!", "type": "Gol!", "time_passed": 12}, ' +
    `"timeA": [${teamA.join(', ')}], "timeB": [${teamB.join(', ')}], ` +
    '"goleiroA": {"nome": "Ivo", "time": "Gal\\u00e1ticos"}, "goleiroB": {"nome": "Bob", "time": "The Bests"}}';
  assert.is(textOf(encodeOriginalMessage(GOAL)), expected);
});

encoding('escapes as Python does: DEL, pairs and lone surrogates, control characters', () => {
  const content = '\u007f😀\ud800\n\u0001"\\/é';
  const text = textOf(encodeOriginalMessage({ ...KICK_OFF, content }));
  // From Python: json.dumps('\x7f\U0001f600\ud800\n\x01"\\/é').
  assert.ok(
    text.includes('"content": "\\u007f\\ud83d\\ude00\\ud800\\n\\u0001\\"\\\\/\\u00e9"'),
    text.slice(0, 200),
  );
});

encoding('names every type, also those the original never had', () => {
  const texts: [number, string][] = [
    [1, 'Gol!'],
    [2, 'Falta!'],
    [3, 'Cartão Amarelo!'],
    [4, 'Cartão Vermelho!'],
    [5, 'Início de jogo!'],
    [6, 'Gol Perdido!'],
    [7, 'Defesa!'],
    [8, 'Drible mágico!'],
    [9, 'Pênalti!!'],
    [10, 'Intervalo!'],
    [11, 'Fim de jogo!'],
    [12, 'Lance!'],
  ];
  for (const [type, text] of texts) {
    const parsed = JSON.parse(textOf(encodeOriginalMessage({ ...KICK_OFF, type }))) as {
      message: { type: string };
    };
    assert.is(parsed.message.type, text);
  }
});

encoding('has ten players a side however many there are', () => {
  const crowd = Array.from({ length: 14 }, (_, k) => player(`P${k}`));
  for (const teamA of [[], crowd.slice(0, 3), crowd.slice(0, 10), crowd]) {
    const parsed = JSON.parse(textOf(encodeOriginalMessage({ ...KICK_OFF, teamA }))) as {
      timeA: { nome: string }[];
    };
    const names = [...teamA.slice(0, 10).map(({ name }) => name), ...Array<string>(10).fill('-')].slice(
      0,
      10,
    );
    assert.equal(
      parsed.timeA.map(({ nome }) => nome),
      names,
    );
  }
});

const eleven = (name: string, goalMinutes: readonly number[] = []): StreamMessage['teamA'] =>
  Array.from({ length: 10 }, () => player(name, { goalMinutes }));

encoding('leaves a full line-up of ordinary length alone', () => {
  const message: StreamMessage = {
    ...KICK_OFF,
    content: 'Que jogada! A bola passa por todo mundo e sai raspando a trave direita do goleiro.',
    teamA: eleven('Ana Souza Lima'),
    teamB: eleven('João Sem Braço'),
  };
  const bytes = encodeOriginalMessage(message);
  assert.ok(bytes.length > 2968 && bytes.length <= 4096, `${bytes.length} bytes`);
  const parsed = JSON.parse(textOf(bytes)) as { message: { content: string }; timeB: { nome: string }[] };
  assert.is(parsed.message.content, message.content);
  assert.is(parsed.timeB[9]?.nome, 'João Sem Braço');
});

encoding('never exceeds 4096 bytes: the longest a datagram of 1200 can carry', () => {
  // DEL is the worst: one byte on our wire, six on theirs. It fills up a datagram with full line-ups.
  const base: StreamMessage = { ...KICK_OFF, teamA: eleven('n'), teamB: eleven('n'), content: '' };
  const roomBytes = 1200 - templateMaxLength(prepareStreamTemplate(base));
  const worst = { ...base, count: Number.MAX_SAFE_INTEGER, content: '\u007f'.repeat(roomBytes) };
  assert.ok(encodeStreamMessage(worst, { datagramSizeBytes: 1200 }).length === 1200);
  const bytes = encodeOriginalMessage(worst);
  assert.ok(bytes.length <= 4096, `${bytes.length} bytes`);
  assert.ok(bytes.length > 3000, 'cut no further than needed');
});

encoding('never exceeds 4096 bytes: the widest message the limits allow', () => {
  const wide = (text: string): StreamMessage => {
    const star = player(text.repeat(128).slice(0, 128), {
      goalMinutes: Array<number>(64).fill(999),
      yellowMinute: 999,
      redMinute: 999,
    });
    const team = Array.from({ length: 64 }, () => star);
    const name = text.repeat(252).slice(0, 252);
    return {
      count: Number.MAX_SAFE_INTEGER,
      score: `${name} 1 - 0 ${name}`,
      content: text.repeat(8192).slice(0, 8192),
      type: 4,
      minute: 999,
      atUs: Number.MAX_SAFE_INTEGER,
      teamA: team,
      teamB: team,
      goalkeeperA: star,
      goalkeeperB: star,
    };
  };
  for (const text of ['\uffff', '\u007f', '😀', 'a😀', 'aaa😀', '\ud800', '"', 'x']) {
    for (const message of [wide(text), { ...wide(text), score: text.repeat(256).slice(0, 512) }]) {
      const bytes = encodeOriginalMessage(message);
      assert.ok(bytes.length <= 4096, `${bytes.length} bytes of ${text}`);
      assert.ok(decodeOriginalMessage(bytes).ok);
      // A pair is kept or left out whole.
      if (text.endsWith('a😀')) assert.not.match(textOf(bytes), /\\ud83d(?!\\ude00)/);
    }
  }
});

encoding('fits and can be read back whatever the message', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const bytes = encodeOriginalMessage(message);
      assert.ok(bytes.length <= 4096 && bytes.every((byte) => byte < 0x7f));
      const result = decodeOriginalMessage(bytes);
      assert.ok(result.ok);
      assert.is(result.value.count, message.count);
      assert.is(result.value.minute, message.minute);
      assert.is(result.value.type, message.type >= 1 && message.type <= 11 ? message.type : 0);
      assert.ok(message.content.startsWith(result.value.content));
    }),
    { seed: SEED, numRuns: 200 },
  );
});

encoding('has the three plain texts', () => {
  assert.is(textOf(ORIGINAL_REGISTER), 'register');
  assert.is(textOf(ORIGINAL_UNREGISTER), 'unregister');
  assert.is(textOf(ORIGINAL_END), 'End of transmission');
});

encoding.run();

const decoding = suite('decoding an original server’s message');

const ORIGINAL =
  '{"message": {"count": 0, "score": "Placar: Gal\\u00e1ticos 0 - 1 The Bests", "content": "Que gol\\u00e3o!", "type": "P\\u00eanalti!!", "time_passed": 97}, ' +
  '"timeA": [{"nome": "Z\\u00e9", "time": "Gal\\u00e1ticos", "posicao": "Meia", "cartao_vermelho": true, "gols": 2, "tempo_gols": [3, 12], "tempo_cv": 90}], ' +
  '"timeB": [{"nome": "Ann", "time": "The Bests", "posicao": "Meia", "cartao_vermelho": false, "gols": 0, "tempo_gols": [], "tempo_cv": 0}], ' +
  '"goleiroA": {"nome": "Ivo", "time": "Gal\\u00e1ticos"}, "goleiroB": {"nome": "Bob", "time": "The Bests"}}';

decoding('gives count from 0, a bare score, our type codes and the players', () => {
  assert.equal(decodeOriginalMessage(bytesOf(ORIGINAL)), {
    ok: true,
    value: {
      count: 0,
      score: 'Galáticos 0 - 1 The Bests',
      content: 'Que golão!',
      type: 9,
      minute: 97,
      teamA: [player('Zé', { goalMinutes: [3, 12], redMinute: 90 })],
      teamB: [player('Ann')],
      goalkeeperA: player('Ivo'),
      goalkeeperB: player('Bob'),
    },
  });
});

decoding('takes a type it does not know as 0, and a score without the prefix as it is', () => {
  const text = ORIGINAL.replace('P\\u00eanalti!!', 'Lateral!').replace('Placar: ', '');
  const result = decodeOriginalMessage(bytesOf(text));
  assert.ok(result.ok);
  assert.is(result.value.type, 0);
  assert.is(result.value.score, 'Galáticos 0 - 1 The Bests');
});

decoding('names the field that is wrong', () => {
  const cases: [string, string, RegExp][] = [
    ['"count": 0', '"count": -1', /^message\.count: .* got -1$/],
    ['"count": 0', '"count": 9007199254740992', /^message\.count/],
    ['"type": "P\\u00eanalti!!"', '"type": 9', /^message\.type: expected a string .* got 9$/],
    ['"time_passed": 97', '"time_passed": "97"', /^message\.time_passed/],
    ['"tempo_gols": [3, 12]', '"tempo_gols": null', /^timeA\[0\]\.tempo_gols/],
    [
      '"cartao_vermelho": true',
      '"cartao_vermelho": 1',
      /^timeA\[0\]\.cartao_vermelho: expected true or false, got 1$/,
    ],
    ['"tempo_cv": 90', '"tempo_cv": -9', /^timeA\[0\]\.tempo_cv/],
    ['"goleiroB": {', '"goleiroC": {', /^goleiroB: expected an object, got nothing$/],
  ];
  for (const [from, to, reason] of cases) {
    assert.match(reasonOf(decodeOriginalMessage(bytesOf(ORIGINAL.replace(from, to)))), reason);
  }
});

decoding('refuses garbage, and our own wire, with a reason', () => {
  for (const bytes of GARBAGE) reasonOf(decodeOriginalMessage(bytes));
  reasonOf(decodeOriginalMessage(encodeStreamMessage(KICK_OFF)));
  const whole = bytesOf(ORIGINAL);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(whole.length - 1),
      fc.nat(255),
      (noise, at, byte) => {
        reasonOf(decodeOriginalMessage(noise));
        reasonOf(decodeOriginalMessage(whole.subarray(0, at)));
        const damaged = whole.slice();
        damaged[at] = byte;
        assert.type(decodeOriginalMessage(damaged).ok, 'boolean');
      },
    ),
    { seed: SEED, numRuns: 200 },
  );
});

decoding.run();
