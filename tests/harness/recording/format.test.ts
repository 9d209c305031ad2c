import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  beginsLikeHeader,
  decodeFooter,
  decodeHeader,
  encodeFooter,
  encodeHeader,
  excerpt,
} from '../../../harness/recording/format.ts';
import type { RecordingHeader } from '../../../harness/recording/format.ts';
import { assertRefusal } from '../../refusals.ts';
import { TINY_HEADER, TINY_LINES, TINY_SHA256 } from './tiny.ts';

const reasonOf = (line: string): string => {
  const result = decodeHeader(Buffer.from(line));
  return result.ok ? 'it was read' : result.reason;
};

const header = suite('a header has one spelling');

header('the keys stand in a fixed order, whatever order they are given in', () => {
  const shuffled = Object.fromEntries(Object.entries(TINY_HEADER).toReversed()) as unknown as RecordingHeader;
  assert.is(encodeHeader(TINY_HEADER), `${TINY_LINES[0]}\n`);
  assert.is(encodeHeader(shuffled), `${TINY_LINES[0]}\n`);
});

header('it is read back as it was written, unknown members included', () => {
  const full: RecordingHeader = {
    ...TINY_HEADER,
    seed: 'a "seed"\n\u2028é\ud800',
    generator: null,
    intervalNs: null,
    squadsHash: 'ab12',
    datagramSizeBytes: 1200,
    flows: 65_535,
    check: false,
    extra: '"later":1.50,"1":[null]',
  };
  for (const one of [TINY_HEADER, full]) {
    const line = encodeHeader(one);
    assert.is(line.indexOf('\n'), line.length - 1);
    assert.equal(decodeHeader(Buffer.from(line.trimEnd())), { ok: true, value: one });
  }
});

header('other spellings of the same are read', () => {
  const spaced = JSON.stringify(JSON.parse(TINY_LINES[0]), null, 1).replaceAll('\n', ' ');
  assert.equal(decodeHeader(Buffer.from(`${spaced}\r`)), { ok: true, value: TINY_HEADER });
});

header('another version, a wrong value and a foreign line are told apart', () => {
  const line = TINY_LINES[0];
  assert.is(
    reasonOf(line.replace('"version":1', '"version":2')),
    'expected recording version 1, got version 2; read it with the matchstream that wrote it',
  );
  assert.is(
    reasonOf(line.replace('"version":1', '"version":"1"')),
    'expected recording version 1, got version "1"; read it with the matchstream that wrote it',
  );
  assert.is(
    reasonOf(line.replace('"flows":2', '"flows":0')),
    'expected "flows" as a whole number from 1 to 65535, got 0; record it again',
  );
  assert.is(
    reasonOf(line.replace(',"squadsHash":null', '')),
    'expected "squadsHash" as a text or null, got none; record it again',
  );
  assert.is(
    reasonOf(line.replace('}', ',"seed":"1"}')),
    'expected "seed" once, got it twice; record it again',
  );
  assert.is(
    reasonOf(line.slice(0, -1)).slice(0, 62),
    'expected a recording\'s header, got {"format":"matchstream-reco',
  );
  for (const foreign of ['', 'PK\u0003\u0004', '[]', '{}', '{"format":"har"}', '{"log":{}}']) {
    assert.match(
      reasonOf(foreign),
      /^expected a matchstream recording or a capture \(pcap, pcapng\), got .*; make one with matchstream record/,
    );
  }
});

header('each value is held to its range', () => {
  const wrong: [string, string][] = [
    ['"seed":"42"', '"seed":42'],
    ['"intervalNs":1000', '"intervalNs":-1'],
    ['"intervalNs":1000', '"intervalNs":0.5'],
    ['"datagramSizeBytes":null', '"datagramSizeBytes":0'],
    ['"datagramSizeBytes":null', '"datagramSizeBytes":65508'],
    ['"flows":2', '"flows":65536'],
    ['"flows":2', '"flows":2,"check":1'],
    ['"generator":"match@1 seedrandom/alea@3"', '"generator":[]'],
  ];
  for (const [from, to] of wrong) {
    assert.match(
      reasonOf(TINY_LINES[0].replace(from, to)),
      /^expected "\w+" as .*, got .*; record it again$/,
      to,
    );
  }
});

header('a header that breaks the format is not written', async () => {
  const refused = 'value-range | recording header';
  await assertRefusal(() => encodeHeader({ ...TINY_HEADER, flows: 0 }), refused, '"flows"');
  await assertRefusal(() => encodeHeader({ ...TINY_HEADER, intervalNs: 1.5 }), refused, '"intervalNs"');
  await assertRefusal(() => encodeHeader({ ...TINY_HEADER, extra: '"seed":"43"' }), refused, '"seed"');
  for (const extra of ['', 'x', '"a":1}{"b":2', '"a":1\n', '"a":"\ud800"'])
    await assertRefusal(() => encodeHeader({ ...TINY_HEADER, extra }), refused, 'JSON');
  await assertRefusal(() => encodeHeader({ ...TINY_HEADER, seed: 'x'.repeat(600_000) }), refused, '524288');
});

header('a cut header is told from a foreign file', () => {
  const line = Buffer.from(TINY_LINES[0]);
  for (let length = 1; length <= line.length; length += 1)
    assert.ok(beginsLikeHeader(line.subarray(0, length)));
  for (const text of ['', '[', '{"formats', 'x']) assert.not.ok(beginsLikeHeader(Buffer.from(text)), text);
});

header.run();

const footer = suite('a footer has one spelling');

footer('it is read back as it was written', () => {
  const line = encodeFooter({ frames: 3, sha256: TINY_SHA256 });
  assert.is(line, `${TINY_LINES[4]}\n`);
  assert.equal(decodeFooter(Buffer.from(line.trimEnd())), {
    ok: true,
    value: { frames: 3, sha256: TINY_SHA256 },
  });
});

footer('any other spelling is refused', () => {
  const line: string = TINY_LINES[4];
  for (const other of [
    line.replace('7731e', '7731E'),
    line.replace(':3', ':03'),
    line.replace(':3', ': 3'),
    line.replace(':3', ':9007199254740993'),
    line.replace('77"', '7"'),
    line.replace('}', ',"x":1}'),
    `${line} `,
    `${line}\r`,
  ]) {
    assert.not.ok(decodeFooter(Buffer.from(other)).ok, other);
  }
});

footer.run();

const excerpts = suite('an excerpt is safe to print');

excerpts('control characters and all but ASCII are written as escapes', () => {
  assert.is(excerpt('\u001b[2Jé\u009b'), String.raw`\u001b[2J\u00e9\u009b`);
  assert.is(excerpt('x'.repeat(41)), `${'x'.repeat(40)}…`);
  assert.is(excerpt(''), 'an empty line');
});

excerpts.run();
