import { fstatSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED } from '../../../harness/impairment/impairment.ts';
import { startHere } from '../../../harness/session/roles.ts';
import type { Task } from '../../../harness/session/tasks.ts';
import { SimulatedNetwork } from '../../../src/net/simulated.ts';

const folder = mkdtempSync(join(tmpdir(), 'matchstream-roles-'));
const test = suite('a role that cannot start');
test.after(() => rmSync(folder, { recursive: true, force: true }));

const HOST = '127.0.0.1';
const server = { address: HOST, port: 9 };
const common = { epochUs: 0, measureStalls: false, transport: 'node' } as const;

/** Not one of them gets a host. */
class Hostless extends SimulatedNetwork {
  override host(): never {
    throw new Error('no host');
  }
}

const ROLES: readonly Task[] = [
  {
    ...common,
    role: 'server',
    logPath: join(folder, 'server.log'),
    source: { kind: 'bank', messages: 1, intervalNs: 1e6, datagramSizeBytes: 768 },
    run: { host: HOST, port: 0, logSends: false, pacing: 'sleep' },
  },
  {
    ...common,
    role: 'client',
    logPath: join(folder, 'client.log'),
    run: { server, wishedId: 1, logReceipts: false, check: false },
    verify: null,
    arrivals: null,
    statsPath: null,
  },
  {
    ...common,
    role: 'clients',
    logPath: join(folder, 'clients.log'),
    run: { servers: [server], firstId: 1, check: false },
  },
  {
    ...common,
    role: 'proxy',
    logPath: join(folder, 'proxy.log'),
    protocol: 'any',
    run: { server, host: HOST, ports: [0], impairment: UNIMPAIRED, fatesDir: null, maxFlows: 1, idleNs: 1e9 },
  },
];

/** Whether this process has the file open. */
function isOpen(path: string): boolean {
  const { dev, ino } = statSync(path);
  return Array.from({ length: 256 }, (_, descriptor) => descriptor).some((descriptor) => {
    try {
      const open = fstatSync(descriptor);
      return open.ino === ino && open.dev === dev;
    } catch {
      return false;
    }
  });
}

for (const task of ROLES) {
  test(`${task.role}: its log is closed, and the reason is told`, async () => {
    const failure = await startHere<Task['role']>(task, new Hostless()).then(
      () => null,
      (cause: Error) => cause,
    );
    assert.is(failure?.message, 'no host');
    assert.not(isOpen(task.logPath as string));
  });
}

test.run();
