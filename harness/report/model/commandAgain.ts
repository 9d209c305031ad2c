/**
 * The shell command that makes a run again, from its environment.
 */
import { quoteWord } from '../../../src/base/shellWord.ts';
import { UNIMPAIRED } from '../../impairment/impairment.ts';

/** Options with a file or a folder that is there by now: the run is the same without them. */
const OUTPUTS = ['--report', '--fates', '--arrivals', '--log', '--record', '--capture'];
/** Commands with a seed that is drawn if it is not given. */
const SEEDED = ['live', 'replay', 'run', 'proxy'];

/** One line. @param commandLine the words after the program's name */
export function commandAgain({
  commandLine,
  seed,
}: {
  readonly commandLine: readonly string[];
  readonly seed: string;
}): string {
  // What stands behind -- belongs to another program.
  const at = commandLine.indexOf('--');
  const own = at < 0 ? commandLine : commandLine.slice(0, at);
  const behind = at < 0 ? [] : commandLine.slice(at);
  const words = own.filter(
    (word, k) =>
      !OUTPUTS.includes(word) &&
      !OUTPUTS.some((option) => word.startsWith(`${option}=`)) &&
      !(k > 0 && OUTPUTS.includes(own[k - 1] as string)),
  );
  const isSeeded = words.some((word) => word === '--seed' || word.startsWith('--seed='));
  if (SEEDED.includes(words[0] ?? '') && !isSeeded && seed !== UNIMPAIRED.seed) {
    // A seed that begins with a dash would be taken for an option.
    words.push(...(seed.startsWith('-') ? [`--seed=${seed}`] : ['--seed', seed]));
  }
  return ['matchstream', ...words, ...behind].map(quoteWord).join(' ');
}
