import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeOriginalMessage } from '../../src/protocol/original.ts';
import { encodeStreamMessage } from '../../src/protocol/stream.ts';
import { Spectator } from '../../src/service/spectator.ts';
import { GOAL, KICK_OFF, player } from '../protocol/messages.ts';

const test = suite('what a spectator is shown');

const PLAIN = { colour: false, widthColumns: 100 };

test('an event is a line, followed by the line-ups the first time', () => {
  const spectator = new Spectator(false);
  const first = spectator.lines(encodeStreamMessage(KICK_OFF), PLAIN) as string;
  assert.match(first, 'Galáticos 0 - 0 The Bests');
  assert.match(first, 'Começa o "jogo"');
  assert.match(first, 'Zé');
  const again = spectator.lines(encodeStreamMessage({ ...KICK_OFF, count: 2 }), PLAIN) as string;
  assert.not.match(again, 'Zé', 'line-ups that did not change are not shown again');
});

test('line-ups are shown again when somebody scored', () => {
  const spectator = new Spectator(false);
  spectator.lines(encodeStreamMessage(KICK_OFF), PLAIN);
  const scored = { ...KICK_OFF, count: 2, teamA: [player('Zé', { goalMinutes: [12] })] };
  assert.match(spectator.lines(encodeStreamMessage(scored), PLAIN) as string, "goal 12'");
});

test('a program is given one JSON object an event', () => {
  const line = new Spectator(false).json(encodeStreamMessage(GOAL)) as string;
  assert.not.match(line, '\n');
  assert.equal(JSON.parse(line), { event: GOAL });
});

test('an original datagram is understood where that is spoken, and only there', () => {
  const bytes = encodeOriginalMessage(KICK_OFF);
  const original = new Spectator(true);
  assert.match(original.lines(bytes, PLAIN) as string, 'Galáticos 0 - 0 The Bests');
  assert.is(JSON.parse(original.json(bytes) as string).event.type, 5);
  const ours = new Spectator(false);
  assert.is(ours.lines(bytes, PLAIN), null);
  assert.is(ours.json(bytes), null);
  assert.is(ours.undecodable, 2);
  assert.is(original.undecodable, 0);
});

test('what cannot be decoded is counted and not shown', () => {
  const spectator = new Spectator(false);
  const whole = encodeStreamMessage(KICK_OFF);
  assert.is(spectator.lines(whole.slice(0, -2), PLAIN), null);
  assert.is(spectator.json(new Uint8Array(0)), null);
  assert.is(spectator.undecodable, 2);
});

test('a text from the network cannot steer the terminal', () => {
  const evil = { ...KICK_OFF, content: '\u001b[2Jgone\u0007', score: 'a\u009b31m 0 - 0 b' };
  const shown = new Spectator(false).lines(encodeStreamMessage(evil), PLAIN) as string;
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  assert.not.match(shown, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test.run();
