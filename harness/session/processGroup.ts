/**
 * Process groups that must not outlive this process. Each is led by a child that was started detached, so that all its
 * processes can be ended with it, by the group's id.
 */

const groups = new Set<number>();
process.on('exit', () => {
  for (const group of groups) signalGroup(group, 'SIGKILL');
});

/** Kills the group when this process ends. */
export const keepGroup = (group: number): void => void groups.add(group);

/** Signals a group; one that has already ended is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}

/** Kills what is left of the group and forgets it: its id may be reused from now on. */
export function endGroup(group: number): void {
  signalGroup(group, 'SIGKILL');
  groups.delete(group);
}
