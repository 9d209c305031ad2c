/**
 * A terminal that is closed: whether that is to be survived, as `nohup` has it, and how to end without it.
 *
 * An edge module. `nohup` and `trap '' HUP` start a program with SIGHUP ignored, and Node restores the default before the
 * program can look, so that it would die all the same. What they leave to be seen is the parent's own mask, or the name
 * `_` that a shell hands down.
 */
import { closeSync, readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

/** SIGHUP is signal 1, and signals are counted from bit 0. */
const HANGUP_BIT = 1n;

/** Whether a process ignores SIGHUP. @param status text of its `/proc/PID/status` */
export function ignoresHangup(status: string): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]{1,32})$/m.exec(status)?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & HANGUP_BIT) !== 0n;
}

/** Whether a shell started `nohup` in this process's place. @param command what the shell called it, the variable `_` */
export const isNohup = (command: string | undefined): boolean => /(?:^|\/)nohup$/.test(command ?? '');

function isHangupIgnored(): boolean {
  if (isNohup(process.env['_'])) return true;
  try {
    return ignoresHangup(readFileSync(`/proc/${process.ppid}/status`, 'utf8'));
  } catch {
    // Not Linux, or the parent is another's.
    return false;
  }
}

/** Whether this process was started to survive a closed terminal. */
export const survivesHangup = isHangupIgnored();

/**
 * Lets go of a terminal that was closed, before the process ends. Node sets terminals back to what they were as its very
 * last act, and aborts when one of them is gone: the exit code would be that of a crash.
 */
export function releaseTerminal(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  process.on('exit', () => {
    for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
  });
}

/** Restores what `nohup` had set up and Node undid. */
export function keepNohup(): void {
  if (survivesHangup) process.on('SIGHUP', () => undefined);
}
