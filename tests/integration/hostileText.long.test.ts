/** What files, options and names say, printed: through the program itself. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { unsafeCharacter } from '../display/hostile.ts';
import { inFolder, run } from './program.ts';
import type { Ended } from './program.ts';

const test = suite('nothing that is printed drives a terminal or forges a line');

/** Clears the screen, sets the title by an 8-bit control, turns the direction of writing, and begins a line. */
const EVIL = '\u001B[2J\u009D0;owned\u0007\u202E\u200B\nerror: forged';
/** The same as a reader should see it. */
const SEEN = String.raw`\u001b[2J\u009d0;owned\u0007\u202e\u200b\nerror: forged`;
/** As JSON text; JSON.stringify would leave the 8-bit control and what comes after as they are. */
const IN_JSON = JSON.stringify(EVIL);

/** Checks all that was printed. Returns it. */
function assertSafe({ stdout, stderr }: Ended): string {
  const text = stdout + stderr;
  assert.is(unsafeCharacter(text), null, JSON.stringify(text));
  assert.not.match(text, /^error: forged/m, text);
  return text;
}

const SCENARIOS: readonly (readonly [string, string, string, number])[] = [
  ['a key', `{${IN_JSON}:1}`, SEEN, 2],
  ['a key of a direction', `{"down":{${IN_JSON}:"1%"}}`, `down.${SEEN}`, 2],
  ['a value', `{"down":{"drop":${IN_JSON}}}`, SEEN, 2],
  ['a value of the wrong kind', `{"down":${IN_JSON}}`, SEEN, 2],
  // V8 quotes some characters around the place; a line break is not among them here.
  ['no JSON', '\u001B[2J\u009B31m{', String.raw`\u001b`, 2],
  ['a name', `{"name":${IN_JSON},"description":${IN_JSON}}`, `${SEEN}: ${SEEN}`, 0],
];

test('scenario files', () =>
  inFolder(async (folder) => {
    for (const [what, text, seen, code] of SCENARIOS) {
      writeFileSync(join(folder, 'x.json'), text);
      const shown = await run(['scenario', 'show', 'x.json'], folder);
      assert.is(shown.code, code, what);
      assert.ok(assertSafe(shown).includes(seen), `${what}: ${shown.stdout}${shown.stderr}`);
    }
    const json = await run(['scenario', 'show', 'x.json', '--json'], folder);
    assertSafe(json);
    assert.is((JSON.parse(json.stdout) as { name: string }).name, EVIL);
  }));

test('squads, recordings and arrivals', () =>
  inFolder(async (folder) => {
    const cases: readonly (readonly [string, string[]])[] = [
      [`{"teams":${IN_JSON},${IN_JSON}:1}`, ['record', '--out', 'a', '--squads', 'x']],
      [`{"teams":[{"name":${IN_JSON}},{}]}`, ['record', '--out', 'a', '--squads', 'x']],
      [`${EVIL}{`, ['record', '--out', 'a', '--squads', 'x']],
      [`${EVIL}\n`, ['replay', 'x']],
      [`{"format":"matchstream-recording","version":${IN_JSON}}\n`, ['replay', 'x']],
      [
        `{"format":"matchstream-recording","version":1,"seed":${IN_JSON},"flows":${IN_JSON}}\n`,
        ['replay', 'x'],
      ],
      [`${EVIL}\n`, ['fit', 'x']],
      [`client,arrival_ns,count,bytes\n${EVIL}\n`, ['fit', 'x']],
    ];
    for (const [text, args] of cases) {
      writeFileSync(join(folder, 'x'), text);
      const ended = await run(args, folder);
      assertSafe(ended);
      assert.is(ended.code, 2, ended.stderr);
      assert.is(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr);
    }
  }));

test('options, commands and names', () =>
  inFolder(async (folder) => {
    const wrong: readonly (readonly string[])[] = [
      [EVIL],
      ['help', EVIL],
      ['replay', 'x', `--${EVIL}`],
      ['replay', 'x', '--drop', EVIL],
      ['replay', 'x', '--preset', EVIL],
      ['replay', 'x', '--expect', EVIL],
      ['server', '--interval', EVIL],
      ['server', '--host', EVIL],
      ['server', '--catch-up', EVIL],
      ['client', '--server', EVIL],
      ['scenario', EVIL],
      ['scenario', 'show', EVIL],
      ['replay', EVIL],
      ['replay', 'x', '--scenario', EVIL],
      ['record', '--out', 'a', '--squads', EVIL],
    ];
    for (const args of wrong) {
      const ended = await run(args, folder);
      assert.ok(assertSafe(ended).includes(String.raw`\u001b[2J`), `${args[0]}: ${ended.stderr}`);
      assert.is(ended.code, 2, ended.stderr);
      assert.is(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr);
    }
  }));

test('a seed and the names of a run, in the terminal, the tables and the environment', () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, '=1+1'));
    const recorded = await run(['record', '--seed', EVIL, '--out', EVIL], folder);
    assert.is(recorded.code, 0, recorded.stderr);
    const printed = assertSafe(recorded);
    assert.ok(printed.startsWith(`seed ${SEEN}\n${SEEN}: 4`), printed);

    writeFileSync(
      join(folder, 'x.json'),
      JSON.stringify({ name: `@SUM(1)${EVIL}`, down: { dropList: '2' } }),
    );
    const replay = ['replay', EVIL, '--clock', 'virtual', '--seed', `-1${EVIL}`, '--scenario', 'x.json'];
    const replayed = await run([...replay, '--report', `=1+1/=${EVIL}`], folder);
    assert.is(replayed.code, 0, replayed.stderr);
    assert.ok(assertSafe(replayed).includes(`report: =1+1/=${SEEN}`));

    const own = join(folder, '=1+1', `=${EVIL}`);
    const ledger = readFileSync(join(own, 'ledger.csv'), 'utf8');
    assert.is(unsafeCharacter(ledger), null);
    assert.is(ledger.split('\n').length, 5, 'a header, a row a client, and the end');
    assert.ok(ledger.split('\n')[1]?.startsWith(`2,'=${SEEN},'@SUM(1)${SEEN},'-1${SEEN},virtual,`), ledger);
    const environment = readFileSync(join(own, 'environment.json'), 'utf8');
    assert.is(unsafeCharacter(environment), null);
    assert.is((JSON.parse(environment) as { seed: string }).seed, `-1${EVIL}`);
    for (const name of ['run.json', 'junit.xml', 'summary.md', 'datapackage.json'])
      assert.is(unsafeCharacter(readFileSync(join(own, name), 'utf8')), null, name);
    const drawn = JSON.parse(readFileSync(join(own, 'run.json'), 'utf8')) as { name: string; seed: string };
    assert.equal([drawn.name, drawn.seed], [`=${SEEN}`, `-1${EVIL}`]);
    // The command that is shown is one line, and names what was replayed, byte by byte.
    const again = await run(['report', own, '--reporter', 'csv'], folder);
    assert.is(again.code, 0);
    assertSafe(again);
  }));

test('the command that repeats a failure can be copied from the terminal', () =>
  inFolder(async (folder) => {
    const name = `it's\u001B[2J\u202E.jsonl`;
    await run(['record', '--seed', '1', '--out', name], folder);
    const shrunk = await run(
      [
        'replay',
        name,
        '--drop',
        '20%',
        '--seed',
        '1',
        '--clock',
        'virtual',
        '--expect',
        'lost<=1',
        '--shrink',
      ],
      folder,
    );
    assert.is(shrunk.code, 1, shrunk.stderr);
    const command = /^ {2}matchstream (replay .*)$/m.exec(assertSafe(shrunk))?.[1] ?? '';
    const words = execFileSync('bash', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' }).split('\0');
    assert.equal(words.slice(0, 2), ['replay', name]);
    assert.is((await run(words.slice(0, -1), folder)).code, 1);
  }));

test.run();
