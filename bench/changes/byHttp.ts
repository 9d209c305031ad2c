/**
 * What a change by the control API takes, from the request until the first datagram with the new conditions has come out.
 *
 * `matchstream control` is a process of its own.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../../src/base/errors.ts';
import { wait } from '../flows/scene.ts';
import type { TransportName } from '../resolveTransport.ts';

const HOST = '127.0.0.1';
const PATIENCE_MS = 10_000;
/** Compiled, as the benchmark is. */
const PROGRAM = fileURLToPath(new URL('../../harness/cli/main.js', import.meta.url));
const DATAGRAM = Buffer.alloc(200);

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  return socket;
}

/** @throws EnvironmentError if it takes too long */
async function soon<Result>(what: string, result: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new EnvironmentError('timed-out', `${what} took more than ${PATIENCE_MS / 1e3} s`)),
      PATIENCE_MS,
    );
  });
  return Promise.race([result, late]).finally(() => clearTimeout(timer));
}

/** Of so many changes, nanoseconds each. */
export async function measureByHttp(transport: TransportName, changes: number): Promise<number[]> {
  const child = spawn(
    process.execPath,
    [PROGRAM, 'control', `${HOST}:0`, '--log', 'none', '--transport', transport],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const [sender, receiver] = [await bound(), await bound()];
  try {
    const url = await soon(
      'the start of the control API',
      new Promise<string>((resolve) => {
        let said = '';
        child.stdout.on('data', (text: Buffer) => {
          said += text.toString();
          const [found] = /http:\S+:\d+\//.exec(said) ?? [];
          if (found !== undefined) resolve(found);
        });
      }),
    );
    const ask = async (method: string, path: string, body: object): Promise<Record<string, unknown>> => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) });
      const json = (await answer.json()) as Record<string, unknown>;
      if (!answer.ok)
        throw new EnvironmentError(
          'bench-failed',
          `the control API refuses ${path}: ${JSON.stringify(json)}`,
        );
      return json;
    };
    const upstream = `${HOST}:${receiver.address().port}`;
    const { listen } = await ask('POST', 'proxies', { name: 'bench', listen: `${HOST}:0`, upstream });
    const port = Number(String(listen).split(':')[1]);
    const next = (): Promise<void> =>
      soon('a datagram', new Promise((resolve) => receiver.once('message', () => resolve())));
    const first = next();
    sender.send(DATAGRAM, port, HOST);
    await first;
    const timesNs: number[] = [];
    for (let k = 0; k < changes; k += 1) {
      await ask('PUT', 'proxies/bench/conditions', { up: { drop: '100%' } });
      sender.send(DATAGRAM, port, HOST);
      await wait(2);
      const came = next();
      const from = process.hrtime.bigint();
      await ask('PUT', 'proxies/bench/conditions', { up: {} });
      sender.send(DATAGRAM, port, HOST);
      await came;
      timesNs.push(Number(process.hrtime.bigint() - from));
    }
    return timesNs;
  } finally {
    child.kill();
    sender.close();
    receiver.close();
  }
}
