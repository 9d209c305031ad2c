/** A session whose parts are played: what becomes of it when one of them is lost, at every step. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainSession } from '../../../bench/plainSession.ts';
import { UNIMPAIRED } from '../../../harness/impairment/impairment.ts';
import { runSession } from '../../../harness/session/session.ts';
import type { SessionPlan } from '../../../harness/session/session.ts';
import { within } from '../../../harness/session/startTask.ts';
import type { startTask } from '../../../harness/session/startTask.ts';
import type { Task } from '../../../harness/session/tasks.ts';

const test = suite('a session that loses a part ends at once, with that part as the reason');

/** Far below what the session's own waits are, and long enough for any machine. */
const LIMIT_MS = 10_000;

interface Played {
  readonly role: Task['role'];
  readonly told: string[];
  ready(): void;
  fail(why: string): void;
  finish(): void;
}

/** Starts nothing: each part does what the test says. */
class Cast {
  readonly parts: Played[] = [];
  readonly #leaves: boolean;

  /** @param leaves whether a part that is told to stop does */
  constructor(leaves = true) {
    this.#leaves = leaves;
  }

  readonly start = ((_mode: unknown, task: Task, forked?: (kill: () => void) => void) => {
    const told: string[] = [];
    let ready: (running: unknown) => void = () => undefined;
    let cannotStart: (cause: Error) => void = () => undefined;
    let finish: (result: unknown) => void = () => undefined;
    let fail: (cause: Error) => void = () => undefined;
    const done = new Promise((resolve, reject) => {
      finish = resolve;
      fail = reject;
    });
    done.catch(() => undefined);
    const end = (): void => finish({ report: [], usage: null, stallNs: null });
    const running = {
      local: [{ address: '127.0.0.1', port: 1 }],
      done,
      stop: () => {
        told.push('stop');
        if (this.#leaves) end();
      },
      kill: () => {
        told.push('kill');
        end();
      },
      processId: null,
    };
    forked?.(() => {
      told.push('killed while starting');
      cannotStart(new Error('killed'));
    });
    this.parts.push({
      role: task.role,
      told,
      ready: () => ready(running),
      fail: (why) => {
        cannotStart(new Error(why));
        fail(new Error(why));
      },
      finish: end,
    });
    return new Promise((resolve, reject) => {
      ready = resolve;
      cannotStart = reject;
    });
  }) as unknown as typeof startTask;

  part(index: number): Played {
    return this.parts[index] as Played;
  }

  /** Waits until so many parts have been asked to start. */
  async asked(parts: number): Promise<void> {
    for (let turn = 0; this.parts.length < parts; turn += 1) {
      assert.ok(turn < 1000, `${this.parts.length} of ${parts} parts`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function play(cast: Cast, more: Partial<SessionPlan> = {}): Promise<unknown> {
  const plan: SessionPlan = {
    ...plainSession({ messages: 1, intervalNs: 1e6, datagramBytes: 1200 }),
    mode: 'processes',
    clients: 2,
    transport: 'node',
    streamLimitMs: 3600e3,
    ...more,
  };
  const failure = runSession(plan, { start: cast.start, wait: within }).then(
    () => null,
    (cause: unknown) => cause,
  );
  return within(failure, LIMIT_MS, 'the session');
}

const SERVER_GONE = 'the server process ended with SIGKILL before its report';

/** Lets what was just made ready be noticed. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('the server before it listens', async () => {
  const cast = new Cast();
  const session = play(cast);
  await cast.asked(1);
  cast.part(0).fail(SERVER_GONE);
  assert.is(((await session) as Error).message, SERVER_GONE);
});

test('the server while the proxy starts, which does not live on', async () => {
  const cast = new Cast();
  const session = play(cast, { impairment: UNIMPAIRED });
  await cast.asked(1);
  cast.part(0).ready();
  await cast.asked(2);
  cast.part(0).fail(SERVER_GONE);
  assert.is(((await session) as Error).message, SERVER_GONE);
  assert.equal(cast.part(1).told, ['killed while starting']);
});

test('the server while some clients start and others register', async () => {
  const cast = new Cast();
  const session = play(cast);
  await cast.asked(1);
  cast.part(0).ready();
  await cast.asked(3);
  cast.part(1).ready();
  await turn();
  cast.part(0).fail(SERVER_GONE);
  assert.is(((await session) as Error).message, SERVER_GONE);
  assert.equal(cast.part(1).told, ['stop']);
  assert.equal(cast.part(2).told, ['killed while starting']);
});

async function streaming(
  cast: Cast,
  more: Partial<SessionPlan> = {},
): Promise<{ session: Promise<unknown> }> {
  const session = play(cast, more);
  const services = more.impairment === undefined ? 1 : 2;
  for (let k = 0; k < services; k += 1) {
    await cast.asked(k + 1);
    cast.part(k).ready();
  }
  await cast.asked(services + 2);
  cast.part(services).ready();
  cast.part(services + 1).ready();
  await turn();
  return { session };
}

test('the server in mid-stream; a client that does not leave is killed', async () => {
  const cast = new Cast(false);
  const { session } = await streaming(cast);
  cast.part(0).fail(SERVER_GONE);
  assert.is(((await session) as Error).message, SERVER_GONE);
  assert.equal(cast.part(1).told, ['stop', 'kill']);
  assert.equal(cast.part(2).told, ['stop', 'kill']);
});

test('the proxy in mid-stream', async () => {
  const cast = new Cast();
  const { session } = await streaming(cast, { impairment: UNIMPAIRED });
  cast.part(1).fail('the proxy process ended with SIGKILL before its report');
  assert.match(((await session) as Error).message, 'the proxy process ended with SIGKILL');
  assert.equal(
    cast.parts.map(({ told }) => told),
    [['stop'], ['stop', 'kill'], ['stop'], ['stop']],
    'killing what is dead does no harm',
  );
});

test('one client in mid-stream, while the other goes on', async () => {
  const cast = new Cast();
  const { session } = await streaming(cast);
  cast.part(2).fail('the process of client 2 ended with SIGKILL before its report');
  assert.match(((await session) as Error).message, 'the process of client 2');
  assert.equal(cast.part(1).told, ['stop']);
});

test('the server at the end, when the clients have reported', async () => {
  const cast = new Cast(false);
  const { session } = await streaming(cast);
  cast.part(1).finish();
  cast.part(2).finish();
  await turn();
  cast.part(0).fail(SERVER_GONE);
  assert.is(((await session) as Error).message, SERVER_GONE);
});

test('the proxy at the end, while the server takes leave', async () => {
  const cast = new Cast(false);
  const { session } = await streaming(cast, { impairment: UNIMPAIRED });
  cast.part(2).finish();
  cast.part(3).finish();
  await turn();
  cast.part(1).fail('the proxy process ended with SIGKILL before its report');
  assert.match(((await session) as Error).message, 'the proxy process ended with SIGKILL');
  assert.equal(cast.part(0).told.at(-1), 'kill');
});

test.run();
