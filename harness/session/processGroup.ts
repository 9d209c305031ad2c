/**
 * Process groups that must not outlive this process: each led by a child that was started detached, so that whatever
 * it forks can be ended with it.
 *
 * An edge module. A group is ended by its own number, never by a name.
 */

const groups = new Set<number>();
process.on('exit', () => {
  for (const group of groups) signalGroup(group, 'SIGKILL');
});

/** From now on the group is killed when this process ends. */
export const keepGroup = (group: number): void => void groups.add(group);

/** A group that has ended already is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}

/** Kills what is left of it, and keeps it no longer: its number may be another's from now on. */
export function endGroup(group: number): void {
  signalGroup(group, 'SIGKILL');
  groups.delete(group);
}
