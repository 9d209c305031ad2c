/** Signals that come twice, late or to the wrong one, and proxies with an end of their own, as the built program meets them. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SHELL_WORD, ended, inFolder, printed, run, start, startServing } from './program.ts';

const PROXY = ['proxy', '--protocol', 'any', '--listen', '127.0.0.1:0', '--log', 'none'];

const test = suite('a signal');

test('a client that only listens for what is late has had its stream: 0', async () => {
  await inFolder(async (folder) => {
    const { serverEnd, address } = await startServing(
      ['--messages', '3', '--interval', '1ms', '--log', 'none'],
      folder,
    );
    const client = start(['client', '--server', address, '--tmax', '1h', '--log', 'a.log'], folder);
    const clientEnd = ended(client);
    const log = join(folder, 'a.log');
    for (let k = 0; k < 400; k += 1) {
      if (existsSync(log) && readFileSync(log, 'utf8').includes('end announced')) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    client.kill('SIGINT');
    const { code, stdout } = await clientEnd;
    assert.is(code, 0);
    assert.match(stdout, /client 1: end of stream\n/);
    assert.is((await serverEnd).code, 0);
  });
});

test('timeout, which signals its child and then the whole group, takes no statistics away', async () => {
  if (!existsSync('/usr/bin/timeout')) return;
  await inFolder(async (folder) => {
    const words = [...PROXY, '--for', '1h'].map((word) => `'${word}'`).join(' ');
    const program = spawn('/bin/sh', ['-c', `exec timeout -s INT 60 ${SHELL_WORD} ${words}`], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = ended(program);
    await printed(program, /listening on/);
    // What timeout is told it tells its child and its group.
    process.kill(program.pid as number, 'SIGINT');
    const { code, stdout } = await end;
    assert.match(stdout, /interrupted by SIGINT before its end\nnothing was forwarded\n/);
    assert.is(code, 130);
  });
});

test('a terminal that is closed ends the program in good order, and Node does not crash over it', async () => {
  if (!existsSync('/usr/bin/script')) return;
  await inFolder(async (folder) => {
    const words = [...PROXY, '--for', '1h'].map((word) => `'${word}'`).join(' ');
    // As a shell does it that is told of the end of its terminal; only that this one stays to say how the program ended.
    const line = `trap 'kill -HUP $!' HUP; ${SHELL_WORD} ${words} & wait $!; wait $!; echo $? > code`;
    const terminal = spawn('/usr/bin/script', ['-qfc', line, '/dev/null'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await printed(terminal, /listening on/);
    terminal.kill('SIGKILL');
    const file = join(folder, 'code');
    const readCode = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    for (let k = 0; k < 400 && !readCode().endsWith('\n'); k += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.is(readCode(), '129\n');
  });
});

test('under nohup a closed terminal is no end', async () => {
  if (!existsSync('/usr/bin/nohup') || !existsSync('/bin/bash')) return;
  await inFolder(async (folder) => {
    const words = PROXY.map((word) => `'${word}'`).join(' ');
    const program = spawn('/bin/bash', ['-c', `nohup ${SHELL_WORD} ${words}; echo "code $?"`], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = ended(program);
    await printed(program, /listening on/);
    const [child = ''] = readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8').split(' ');
    process.kill(Number(child), 'SIGHUP');
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.kill(Number(child), 'SIGTERM');
    const { stdout } = await end;
    assert.match(stdout, /nothing was forwarded\n[^]*code 0\n$/);
  });
});

test.run();

const proxies = suite('the end of a proxy');

proxies('of a command that died of a signal is 128 and its number', async () => {
  await inFolder(async (folder) => {
    const { code } = await run([...PROXY, '--', 'sh', '-c', 'kill -9 $$'], folder);
    assert.is(code, 137);
  });
});

proxies('after --for ends the command, too, which has its own exit code', async () => {
  await inFolder(async (folder) => {
    const end = await run([...PROXY, '--for', '100ms', '--', 'sleep', '60'], folder);
    assert.match(end.stderr, /--for 100ms is over: the command is ended\n/);
    assert.is(end.code, 143);
  });
});

proxies(
  'by a signal cuts short what has an end of its own: the command is ended, and the code is the signal’s',
  async () => {
    await inFolder(async (folder) => {
      const forever = 'echo $$ > pid; exec sleep 60';
      const program = start([...PROXY, '--', 'sh', '-c', forever], folder);
      const end = ended(program);
      const pidFile = join(folder, 'pid');
      const readPid = (): number => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0);
      for (let k = 0; k < 400 && readPid() === 0; k += 1)
        await new Promise((resolve) => setTimeout(resolve, 50));
      const pid = readPid();
      assert.ok(pid > 0, 'the command never ran');
      // To the proxy alone: nobody else tells the command.
      program.kill('SIGINT');
      const { code, stderr } = await end;
      assert.is(code, 130);
      assert.match(stderr, /interrupted by SIGINT before its end\nnothing was forwarded\n/);
      assert.throws(() => process.kill(pid, 0), /ESRCH/);

      const timed = start([...PROXY, '--for', '1h'], folder);
      const timedEnd = ended(timed);
      await printed(timed, /listening on/);
      timed.kill('SIGHUP');
      assert.is((await timedEnd).code, 129);
    });
  },
);

proxies.run();
