/** The action for GitHub: it keeps to what the metadata of an action may have, and its commands do what it says. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { listFiles, readText } from '../../house/source.ts';
import { inFolder, SHELL_WORD } from '../program.ts';
import { ROOT } from './installed.ts';

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

const text = readText('action.yml');
const action = parse(text) as Action;
const test = suite('the action');

const keysOf = (value: object): string[] => Object.keys(value).toSorted();
const among = (value: object, allowed: readonly string[], where: string): void =>
  assert.equal(
    keysOf(value).filter((key) => !allowed.includes(key)),
    [],
    where,
  );

test('has the keys that an action of steps may have, and those that it must', () => {
  assert.equal(keysOf(action), ['author', 'branding', 'description', 'inputs', 'name', 'outputs', 'runs']);
  assert.is(action.runs.using, 'composite');
  among(action.runs, ['using', 'steps'], 'runs');
  for (const [name, input] of Object.entries(action.inputs)) {
    among(input, ['description', 'required', 'default', 'deprecationMessage'], name);
    assert.type(input['description'], 'string');
    assert.ok(
      input['required'] === true || typeof input['default'] === 'string',
      `${name}: a text by default`,
    );
  }
});

test('every step either uses an action of a fixed version, or runs a script in a named shell', () => {
  for (const step of action.runs.steps) {
    const where = step.name ?? step.uses ?? '';
    if (step.uses === undefined) {
      among(
        step,
        ['name', 'id', 'if', 'shell', 'run', 'env', 'working-directory', 'continue-on-error'],
        where,
      );
      assert.is(step.shell, 'bash', where);
    } else {
      among(step, ['name', 'id', 'if', 'uses', 'with', 'env', 'continue-on-error'], where);
      assert.match(step.uses, /^[\w-]+\/[\w-]+@v\d+$/);
    }
  }
});

test('what it is given is no part of a script, and every input is one that there is', () => {
  for (const { run = '' } of action.runs.steps) assert.not.match(run, /\$\{\{/);
  const used = [...text.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name as string);
  assert.equal([...new Set(used)].toSorted(), keysOf(action.inputs));
});

test('the page has every input', () => {
  const page = readText('docs/adoption.md');
  for (const name of keysOf(action.inputs)) assert.ok(page.includes(`| \`${name}\` |`), name);
});

const scriptOf = (name: string): string => {
  const script = action.runs.steps.find((step) => step.name === name)?.run;
  assert.ok(script);
  return script;
};

/** Runs the step as GitHub does: by `bash -eo pipefail`, with a file for the summary. */
function runStep(folder: string, command: string, report: string) {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'matchstream'), `#!/bin/sh\nexec ${SHELL_WORD} "$@"\n`, { mode: 0o755 });
  const script = join(folder, 'step.sh');
  writeFileSync(script, scriptOf('Run matchstream'));
  const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env['PATH']}`,
      MATCHSTREAM_COMMAND: command,
      MATCHSTREAM_REPORT: report,
    },
  });
  return { status, said: `${stdout}${stderr}` };
}

const RECORDING = join(ROOT, 'recordings/match-42.jsonl');

test('its command gets the report’s folder, also one with a space, and its exit code is the step’s', () =>
  inFolder(async (folder) => {
    const replay = `replay '${RECORDING}' --clock virtual --clients 1 --drop 5% --seed 7`;
    const good = runStep(folder, replay, 'a report');
    assert.is(good.status, 0, good.said);
    assert.ok(existsSync(join(folder, 'a report/summary.md')));
    const bad = runStep(folder, `${replay} --expect 'lost<=0'`, 'other');
    assert.is(bad.status, 1, bad.said);
    assert.ok(existsSync(join(folder, 'other/junit.xml')));
  }));

test('--report stands before the command behind --, and none is added where none is wanted', () =>
  inFolder(async (folder) => {
    const behind = runStep(
      folder,
      'proxy 127.0.0.1:0 127.0.0.1:9 --protocol any -- sh -c "exit 7"',
      'report',
    );
    assert.is(behind.status, 7, behind.said);
    assert.ok(existsSync(join(folder, 'report/run.json')), behind.said);
    const inspected = runStep(folder, `inspect '${RECORDING}'`, '');
    assert.is(inspected.status, 0, inspected.said);
  }));

test('the action, the image and what an image leaves out stand where they are looked for', () => {
  for (const file of ['action.yml', 'Dockerfile', '.dockerignore'])
    assert.ok(existsSync(join(ROOT, file)), file);
  assert.ok(listFiles('docs').includes('docs/adoption.md'));
});

test.run();
