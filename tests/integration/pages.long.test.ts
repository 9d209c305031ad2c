/**
 * The pages for a new user, typed as they stand: a `text` block that begins with `$` is a command, and prints what stands
 * below it. Ports are others than on the page, for those may be in use here.
 */
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../bench/peers/peerProcess.ts';
import { freePort } from '../../bench/peers/ports.ts';
import { findSamples } from '../house/docs.ts';
import { readText } from '../house/source.ts';
import { missingPython } from './foreignSockets.ts';
import { PATIENCE_MS, until } from './loopback.ts';
import { SHELL_WORD, inFolder } from './program.ts';

const test = suite('the pages for a new user');

const ROOT = join(import.meta.dirname, '../..');
const FIRST_STEPS = readText('docs/first-steps.md');
const FIXTURES = readText('docs/fixtures.md');

/** Types commands of a page, in a folder that has the examples, with ports of its own. */
class Reader {
  readonly #folder: string;
  readonly #ports = new Map<string, number>();
  readonly #typed: Child[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    symlinkSync(join(ROOT, 'examples'), join(folder, 'examples'));
  }

  /** The port that stands for one of a page. */
  async port(onPage: string): Promise<number> {
    const port = this.#ports.get(onPage) ?? (await freePort());
    this.#ports.set(onPage, port);
    return port;
  }

  async #withPorts(text: string): Promise<string> {
    let own = text;
    for (const [onPage] of text.matchAll(/\b7\d{3}\b/g))
      own = own.replaceAll(onPage, String(await this.port(onPage)));
    return own;
  }

  async type(command: string): Promise<Child> {
    const line = `npx() { shift; ${SHELL_WORD} "$@"; }; cd '${this.#folder}' && ${await this.#withPorts(command)}`;
    const child = new Child({ file: 'bash', args: ['-c', line], limitMs: PATIENCE_MS });
    child.closeInput();
    this.#typed.push(child);
    return child;
  }

  /** Types what serves, and waits until it says that it does. */
  async serve(command: string): Promise<Child> {
    const child = await this.type(command);
    await until(PATIENCE_MS, command, () => child.over || /serving|listening on/.test(child.stdout));
    return child;
  }

  /** Asserts that a program has printed a page's text. @param shape what of the text counts */
  async printed(child: Child, output: string, shape = (text: string): string => text): Promise<void> {
    await child.done();
    assert.fixture(shape(child.stdout), shape(await this.#withPorts(output)));
  }

  async close(): Promise<void> {
    for (const child of this.#typed) await child.stop();
  }
}

/** Runs `work` with the commands of a page. */
const reading = (
  page: string,
  work: (reader: Reader, commands: readonly { command: string; output: string }[]) => Promise<void>,
): Promise<void> =>
  inFolder(async (folder) => {
    const reader = new Reader(folder);
    await work(reader, findSamples(page)).finally(() => reader.close());
  });

const noFigures = (text: string): string => text.replaceAll(/\d+(\.\d+)?/g, '#').replaceAll(/ +/g, ' ');

const typed = 'the first steps print what stands below them';
const noPython = missingPython();
if (noPython !== null) test.skip(`${typed} (${noPython})`);
else
  test(typed, () =>
    reading(FIRST_STEPS, async (reader, commands) => {
      const [sensor, receiver, proxy, ...rest] = commands;
      const [echo, asking] = rest.splice(-2);
      assert.ok(sensor && receiver && proxy && echo && asking && rest.length === 3);
      const alone = await reader.serve(sensor.command);
      await reader.printed(await reader.type(receiver.command), receiver.output);
      await reader.printed(alone, sensor.output);

      await reader.serve(sensor.command);
      const behind = await reader.type(proxy.command);
      await reader.printed(behind, proxy.output);
      const table = /```text\n(  flow .*\n.*\n)```/.exec(FIRST_STEPS)?.[1] ?? 'no table on the page';
      assert.ok(behind.stderr.includes(table), behind.stderr);
      for (const { command, output } of rest) await reader.printed(await reader.type(command), output);

      await reader.serve(echo.command);
      // How often something is asked again is the machine's business, too, where it is slow.
      await reader.printed(await reader.type(asking.command), asking.output, noFigures);
    }),
  );

const gaveUp = 'a receiver that nobody answers gives up, and says what may be wrong';
if (noPython !== null) test.skip(`${gaveUp} (${noPython})`);
else
  test(gaveUp, async () => {
    const ask = ['--ask', `127.0.0.1:${await freePort()}`, '--patience', '0.2'];
    const child = new Child({
      file: 'python3',
      args: [join(ROOT, 'examples/sensor/receiver.py'), ...ask],
      limitMs: PATIENCE_MS,
    });
    child.closeInput();
    await until(PATIENCE_MS, 'its end', () => child.over);
    assert.is(child.stderr, 'no reading came within 0.2 s: does a sensor serve there?\n');
  });

test('a recording answers the client of the page, and a changed word of the server is found', () =>
  reading(FIXTURES, async (reader, commands) => {
    const [answering, asking, comparing] = commands;
    assert.ok(answering && asking && comparing && commands.length === 3);
    const server = await reader.serve(`${answering.command} --interval 0`);
    await reader.printed(await reader.type(`${asking.command} 10000`), asking.output);
    await server.done();
    for (const part of answering.output.split('…\n'))
      assert.ok(noFigures(server.stdout).includes(noFigures(part)));

    const changed = readText('examples/echo/server.mjs').replace(
      'toUpperCase()',
      "$&.replace('LASTS', 'TAKES')",
    );
    await inFolder(async (folder) => {
      const file = join(folder, 'changed.mjs');
      writeFileSync(file, changed);
      await reader.serve(`node '${file}' ${await reader.port('7101')}`);
      const replay = await reader.type(comparing.command);
      await until(PATIENCE_MS, comparing.command, () => replay.over);
      const times = (text: string): string => text.replaceAll(/ +[\d.]+\/[\d.]+/g, ' #/#');
      assert.ok(times(replay.stdout).startsWith(times(comparing.output)), replay.stdout);
    });
  }));

test('the test of the page is the one of the examples, and passes', async () => {
  const shown = /```js\n([^]*?)```/.exec(FIXTURES)?.[1] ?? 'no test on the page';
  assert.ok(readText('examples/fixture/conversation.test.mjs').includes(shown));
  const child = new Child({
    file: 'bash',
    args: [
      '-c',
      `cd '${ROOT}' && '${process.execPath}' --test --test-reporter tap examples/fixture/conversation.test.mjs`,
    ],
    limitMs: PATIENCE_MS,
  });
  child.closeInput();
  assert.match(await child.done(), /^# pass 2$/m);
});

test.run();
