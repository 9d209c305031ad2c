/**
 * Starts threads. The only file that does.
 *
 * Its folder is one below harness, as that of the CommonJS bundle of harness/testing is: from both, `../` is harness.
 */
import { Worker } from 'node:worker_threads';
import type { Transferable } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

/**
 * @param name of the thread's program below harness, without its ending: it is compiled if this file is
 * @param task plain data and shared memory
 */
export function startThread(name: string, task: unknown, transferred: readonly Transferable[] = []): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  const program = new URL(`../${name}.${isSource ? 'ts' : 'js'}`, import.meta.url);
  // What this process was started with, such as --input-type, may be of no use to a thread, or stop it.
  const options = { workerData: task, transferList: [...transferred], execArgv: [] };
  return isSource
    ? new Worker(fromSource(program), { ...options, eval: true })
    : new Worker(fileURLToPath(program), options);
}

/**
 * Lets a thread alone: it does not keep the process alive, and says itself what it fails of; one that does not even start is
 * missed by whoever waits for it.
 */
export function leaveAlone(thread: Worker): void {
  thread.on('error', () => undefined);
  thread.unref();
}

/** Run from source, a thread has no loader for it: it takes the one that this process has. */
const fromSource = ({ href }: URL): string =>
  `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})` +
  `.then(({ register }) => { register(); return import(${JSON.stringify(href)}); })`;
