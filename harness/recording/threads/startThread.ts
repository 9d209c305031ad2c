/**
 * Starts a thread. The only file that does.
 *
 * A thread never keeps the process alive, and says itself what it fails of; one that does not even start is missed by whoever
 * waits for it.
 */
import { Worker } from 'node:worker_threads';
import type { Transferable } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

const isSource = import.meta.url.endsWith('.ts');

/**
 * @param name of the thread's program in this folder, without its ending
 * @param task plain data and shared memory
 */
export function startThread(name: string, task: unknown, transferred: readonly Transferable[] = []): void {
  const program = new URL(`./${name}.${isSource ? 'ts' : 'js'}`, import.meta.url);
  const options = { workerData: task, transferList: [...transferred] };
  const thread = isSource
    ? new Worker(fromSource(program), { ...options, eval: true })
    : new Worker(fileURLToPath(program), options);
  thread.on('error', () => undefined);
  thread.unref();
}

/** Run from source, a thread has no loader for it: it takes the one that this process has. */
const fromSource = ({ href }: URL): string =>
  `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})` +
  `.then(({ register }) => { register(); return import(${JSON.stringify(href)}); })`;
