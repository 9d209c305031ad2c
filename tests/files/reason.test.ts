import { mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainReason, remedyFor } from '../../src/files/reason.ts';

const test = suite('the reason a file cannot be had, in plain words');

const root = mkdtempSync(join(tmpdir(), 'matchstream-reason-'));
test.after(() => rmSync(root, { recursive: true }));
const file = join(root, 'file');
writeFileSync(file, '');

function reasonOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (cause) {
    return plainReason(cause);
  }
  return 'nothing was wrong';
}

test('what is not there, what is a folder, and a folder below a file', () => {
  assert.is(
    reasonOf(() => readFileSync(join(root, 'none'))),
    'no such file or folder',
  );
  assert.is(
    reasonOf(() => readFileSync(root)),
    'it is a folder',
  );
  assert.is(
    reasonOf(() => renameSync(file, root)),
    'it is a folder',
  );
  assert.is(
    reasonOf(() => mkdirSync(join(file, 'deeper'), { recursive: true })),
    'a part of the path is a file, not a folder',
  );
  assert.is(
    reasonOf(() => mkdirSync(file)),
    'a part of the path is a file, not a folder',
  );
  assert.is(
    reasonOf(() => openSync(join(root, 'n'.repeat(999)), 'w')),
    'the name is too long',
  );
});

test('no permission and a full disk', () => {
  assert.is(
    plainReason(Object.assign(new Error("EACCES: permission denied, open '/x'"), { code: 'EACCES' })),
    'no permission',
  );
  assert.is(
    plainReason(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })),
    'the disk is full',
  );
});

test('any other keeps its description, without code, call and path', () => {
  const error = (message: string): Error => Object.assign(new Error(message), { code: 'EIO' });
  assert.is(plainReason(error("EIO: i/o error, open '/tmp/a.123.tmp'")), 'i/o error');
  assert.is(plainReason(error('EIO: i/o error, write')), 'i/o error');
  assert.is(plainReason(new Error('incorrect header check')), 'incorrect header check');
  assert.is(plainReason('thrown as text'), 'thrown as text');
});

/** What is advised where the system says this. */
const adviceFor = (code: string): string =>
  remedyFor(plainReason(Object.assign(new Error(`${code}: x, open 'y'`), { code })));

test('no advice is given that the reason rules out', () => {
  for (const [code, advice] of [
    ['EACCES', 'choose a folder you can write to'],
    ['EROFS', 'choose a folder on another disk'],
    ['ENOSPC', 'make room there, or choose a folder with room'],
    ['EMFILE', 'end other programs, or raise the limit with ulimit -n'],
    ['ENFILE', 'end other programs, or raise the limit with ulimit -n'],
    ['ENAMETOOLONG', 'choose a shorter name'],
    ['EISDIR', 'choose another name'],
    ['ENOTDIR', 'choose a path of which only the last part is a file'],
    ['EIO', 'choose another folder'],
  ] as const) {
    assert.is(adviceFor(code), advice, code);
  }
});

test.run();
