/**
 * uvu with its books kept: what test files get in place of `uvu` when the runner runs them.
 *
 * uvu 0.5.6 forgets a suite nobody ran, a test registered after `.run()`, and whatever a hook threw. Here every
 * suite, test and hook is noted as it is registered and as it runs, and `problems` says in words what uvu would have
 * passed over in silence. It never decides an exit code and never touches a file; the child process does.
 */
import type { Callback, Test } from 'uvu';

/** What uvu keeps for a suite that was run: errors (true when there is nothing to print), ran, skipped, total. */
type SuiteOutcome = [errors: string | true, ran: number, skipped: number, total: number];
type QueueEntry = string | null | (() => Promise<SuiteOutcome>);

declare global {
  var UVU_DEFER: number | undefined;
  var UVU_QUEUE: QueueEntry[][] | undefined;
}

interface Books {
  passed: number;
  failed: number;
  skipped: number;
  /** Full names of the tests that were skipped by themselves, not because a neighbour is marked only. */
  readonly skippedTitles: string[];
  /** What is wrong with the file besides failing tests, a sentence each. */
  readonly problems: string[];
  /** Called with a test's full name as it starts. */
  onStart: (title: string) => void;
}

export const books: Books = {
  passed: 0,
  failed: 0,
  skipped: 0,
  skippedTitles: [],
  problems: [],
  onStart: () => undefined,
};

// uvu reads the flag as it loads: with it, nothing runs until `exec` is called. The group is this file's queue.
globalThis.UVU_DEFER = 1;
const real = await import('uvu');
const group: QueueEntry[] = [null];
(globalThis.UVU_QUEUE ??= []).push(group);

interface SuiteRecord {
  readonly title: string;
  /** Registered since the last `.run()`, so not going to run yet. */
  waiting: number;
  runs: number;
}
const records: SuiteRecord[] = [];

const describe = (cause: unknown): string =>
  cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);

function guard(inner: Test, title: string): Test {
  const record: SuiteRecord = { title, waiting: 0, runs: 0 };
  records.push(record);
  const label = title === '' ? 'the suite' : `suite "${title}"`;

  const fullName = (name: string): string => (title === '' ? name : `${title}: ${name}`);
  const watched =
    (name: string, handler: Callback): Callback =>
    (context) => {
      books.onStart(fullName(name));
      return handler(context);
    };
  const register =
    (add: (name: string, handler: Callback) => void) =>
    (name: string, handler: Callback): void => {
      record.waiting += 1;
      add(name, watched(name, handler));
    };
  // uvu swallows what the first three kinds throw and stops the suite; an `after` that throws would stop every suite
  // after this one as well, so that error ends here, in the books.
  const hook =
    (kind: string, add: (handler: Callback) => void) =>
    (handler: Callback): void =>
      add(async (context) => {
        try {
          await handler(context);
        } catch (cause) {
          books.problems.push(`${label}: its ${kind} hook threw: ${describe(cause)}`);
          if (kind !== 'after') throw cause;
        }
      });

  const run = (): void => {
    if (record.waiting === 0) books.problems.push(`${label} was run without a test of its own`);
    record.waiting = 0;
    record.runs += 1;
    inner.run();
    const entry = group.pop();
    if (typeof entry !== 'function') throw new Error('uvu did not queue the suite that was run');
    group.push(async () => {
      const outcome = await entry();
      const [errors, ran, skipped, total] = outcome;
      books.passed += ran;
      books.failed += total - ran;
      books.skipped += skipped;
      if (errors === true && ran < total)
        books.problems.push(`${label}: only ${ran} of ${total} tests ran to their end`);
      return outcome;
    });
  };

  return Object.assign(register(inner), {
    only: (name: string, handler: Callback): void => {
      books.problems.push(`${label}: "${name}" is marked only, so its neighbours do not run`);
      register(inner.only)(name, handler);
    },
    skip: (name = 'without a name'): void => {
      record.waiting += 1;
      books.skippedTitles.push(fullName(name));
      inner.skip();
    },
    before: Object.assign(hook('before', inner.before), { each: hook('before.each', inner.before.each) }),
    after: Object.assign(hook('after', inner.after), { each: hook('after.each', inner.after.each) }),
    run,
  });
}

export const suite = (title = '', context: Record<string, unknown> = {}): Test =>
  guard(real.suite(title, context), title);

/** uvu's nameless suite. It always exists, so it need not be used. */
export const test = guard(real.test, '');

/** Runs what the imported file queued, then adds to the books what was registered and never ran. */
export async function execGuarded(): Promise<void> {
  await real.exec();
  for (const [index, { title, waiting, runs }] of records.entries()) {
    const label = title === '' ? 'the nameless suite' : `suite "${title}"`;
    if (waiting > 0)
      books.problems.push(`${label}: ${waiting} registered after the last .run(), or never run`);
    else if (runs === 0 && index > 0) books.problems.push(`${label} was defined and never run`);
  }
  if (books.passed + books.failed === 0) books.problems.push('no test ran');
}
