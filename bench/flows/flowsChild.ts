/**
 * Starts the child processes of the benchmark of many flows, and asks them.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../../src/base/errors.ts';
import type { ToChild } from './messages.ts';

/** The child's program, in this folder; compiled if this file is. */
const fileOf = (name: 'proxyChild' | 'endsChild'): string =>
  fileURLToPath(import.meta.url).replace(/flowsChild\.(ts|js)$/, `${name}.$1`);

const LIMIT_MS = 60_000;

export class FlowsChild {
  readonly #child: ChildProcess;

  constructor(name: 'proxyChild' | 'endsChild') {
    this.#child = fork(fileOf(name), [], {
      execArgv: [...process.execArgv, '--expose-gc'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  /** One question at a time. @throws EnvironmentError if the child fails, is lost or does not answer in time */
  ask<Kind extends keyof ToChild>(
    kind: Kind,
    asked: ToChild[Kind]['asked'],
  ): Promise<ToChild[Kind]['answered']> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        settle();
        reject(new EnvironmentError('bench-failed', `the benchmark's process for "${kind}" ${why}`));
      };
      const onExit = (): void => fail('has ended');
      const onMessage = (message: { answered?: ToChild[Kind]['answered']; failed?: string }): void => {
        if (message.failed !== undefined) return fail(`failed: ${message.failed}`);
        settle();
        resolve(message.answered as ToChild[Kind]['answered']);
      };
      const timer = setTimeout(() => fail(`did not answer in ${LIMIT_MS / 1e3} s`), LIMIT_MS);
      const settle = (): void => {
        clearTimeout(timer);
        child.off('exit', onExit).off('message', onMessage);
      };
      child.on('exit', onExit).on('message', onMessage);
      child.send({ kind, asked });
    });
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}
