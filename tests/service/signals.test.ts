import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InterruptedError } from '../../src/base/errors.ts';
import type { Interrupt } from '../../src/base/errors.ts';
import { ignoresHangup, isNohup } from '../../src/service/hangup.ts';
import { Wishes, interruptOf, interruptible, onInterrupt } from '../../src/service/signals.ts';

const SIGNALS: readonly (readonly [Interrupt, 129 | 130 | 143])[] = [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
];

const wishing = suite('what signals mean');

wishing(
  'what follows the first within a second is the same wish, and only what comes later ends at once',
  () => {
    const wishes = new Wishes();
    assert.equal(
      [5000, 5000, 5050, 5999, 6000, 9000].map((nowMs) => wishes.hear(nowMs)),
      ['end', 'same', 'same', 'same', 'end at once', 'end at once'],
    );
  },
);

wishing('the second is counted from the first signal, not from the last', () => {
  const wishes = new Wishes();
  assert.equal(
    [0, 700, 1400].map((nowMs) => wishes.hear(nowMs)),
    ['end', 'same', 'end at once'],
  );
});

wishing.run();

/** Signals as the process gives them, at times that the test says; an exit is only noted. */
function staged(play: (send: (signal: Interrupt, nowMs: number) => void) => void | Promise<void>) {
  const { exit } = process;
  const { now } = performance;
  const { write } = process.stderr;
  const codes: unknown[] = [];
  let said = '';
  process.exit = ((code: unknown) => codes.push(code)) as never;
  process.stderr.write = ((text: string) => {
    said += text;
    return true;
  }) as never;
  const send = (signal: Interrupt, nowMs: number): void => {
    performance.now = () => nowMs;
    process.emit(signal, signal);
    performance.now = now;
  };
  return Promise.resolve(play(send))
    .finally(() => {
      process.exit = exit;
      performance.now = now;
      process.stderr.write = write;
    })
    .then(() => ({ codes, said }));
}

const interrupts = suite('an interrupt');

interrupts('asks once; a second wish ends the process with the code of its signal, and says so', async () => {
  for (const [signal, code] of SIGNALS) {
    const asked: Interrupt[] = [];
    const { codes, said } = await staged((send) => {
      const over = onInterrupt((by) => void asked.push(by));
      send(signal, 1000);
      send(signal, 1050);
      send(signal, 2000);
      over();
    });
    assert.equal(asked, [signal]);
    assert.equal(codes, [code]);
    assert.is(said, `${signal} again: ended at once; what was not written yet is lost\n`);
  }
});

interrupts(
  'a second wish goes to the work if it takes it; a third, or one that it does not take, ends the process',
  async () => {
    for (const takes of [1, 0]) {
      const again: Interrupt[] = [];
      const { codes } = await staged((send) => {
        const over = onInterrupt(
          () => undefined,
          (by) => again.push(by) <= takes,
        );
        send('SIGINT', 1000);
        send('SIGTERM', 2500);
        // Part of the second.
        send('SIGTERM', 2600);
        assert.is(again.length, 1);
        if (takes === 1) send('SIGINT', 4000);
        over();
      });
      assert.equal(again, takes === 1 ? ['SIGTERM', 'SIGINT'] : ['SIGTERM']);
      assert.equal(codes, takes === 1 ? [130] : [143]);
    }
  },
);

interrupts('the second signal of one wish is no death when the work is over by then', async () => {
  const { codes } = await staged((send) => {
    const over = onInterrupt(() => undefined);
    send('SIGINT', 1000);
    over();
    assert.ok(process.listenerCount('SIGINT') > 0, 'nobody listens: the default is to die');
    send('SIGINT', 1050);
  });
  assert.equal(codes, []);
});

interrupts('when the work is over, nothing is asked of it any more', async () => {
  let asked = 0;
  await staged((send) => {
    onInterrupt(() => (asked += 1))();
    send('SIGTERM', 0);
  });
  assert.is(asked, 0);
});

interrupts('work that is interrupted hears it, and fails with the signal, however it fails', async () => {
  for (const [name, code] of SIGNALS) {
    let cause: unknown;
    const { said } = await staged(async (send) => {
      cause = await interruptible(async (signal) => {
        assert.is(interruptOf(signal), null);
        send(name, 0);
        assert.is(interruptOf(signal), name);
        await Promise.reject(new Error('a part broke off'));
      }).catch((error: unknown) => error);
    });
    assert.instance(cause, InterruptedError);
    assert.is((cause as InterruptedError).exitCode, code);
    assert.is((cause as Error).message, 'interrupted; nothing was written');
    assert.is(said, `${name}: ending in good order; a second one ends it at once\n`);
  }
});

interrupts('work that comes to its end all the same, or fails by itself, is not touched', async () => {
  await staged(async (send) => {
    const done = await interruptible(() => {
      send('SIGINT', 0);
      return Promise.resolve(7);
    });
    assert.is(done, 7);
  });
  const failure = new Error('by itself');
  assert.is(await interruptible(() => Promise.reject(failure)).catch((cause: unknown) => cause), failure);
});

interrupts.run();

const nohup = suite('a terminal that closes');

nohup('is ignored by a process whose mask has signal 1', () => {
  const status = (mask: string): string =>
    `Name:\tsh\nSigBlk:\t0000000000000000\nSigIgn:\t${mask}\nSigCgt:\tff\n`;
  // 0x1 is SIGHUP; 0x2 SIGINT, 0x1000 SIGPIPE; nohup leaves the first, Node the third.
  assert.is(ignoresHangup(status('0000000000000001')), true);
  assert.is(ignoresHangup(status('0000000000001003')), true);
  assert.is(ignoresHangup(status('0000000000001002')), false);
  assert.is(ignoresHangup(status('0000000000000000')), false);
  assert.is(ignoresHangup(''), false);
});

nohup('is to be survived by what a shell started as nohup', () => {
  assert.is(isNohup('/usr/bin/nohup'), true);
  assert.is(isNohup('nohup'), true);
  assert.is(isNohup('/usr/bin/node'), false);
  assert.is(isNohup('/opt/notnohup'), false);
  assert.is(isNohup(undefined), false);
});

nohup.run();
