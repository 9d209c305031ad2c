/**
 * The file that a running proxy writes, checked before it starts.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { partialOf } from '../../../src/files/atomicFile.ts';
import { checkNewFile, kindAt } from '../../../src/files/outputs.ts';

const CAPTURE_NAME = /\.pcapng$/i;

/**
 * @param saving how what an earlier run has left is saved, after "…, which a run that did not end has left; "
 * @param input the file that the run reads, if any
 * @throws UsageError for a name that is taken, EnvironmentError if no file can be made there
 */
export function checkUnfinished(
  path: string,
  option: string,
  saving: (partial: string) => string,
  input?: string,
): void {
  checkNewFile(path, option, input);
  const partial = partialOf(path);
  if (kindAt(partial) === null) return;
  throw new UsageError(
    'output-taken',
    option,
    `expected no ${partial}, got one, which a run that did not end has left; ${saving(partial)}, or remove it`,
  );
}

/** The same for the capture of a run, whose name must end in `.pcapng`. */
export function checkCaptureFile(path: string, input?: string): void {
  if (!CAPTURE_NAME.test(path))
    throw new UsageError(
      'value-format',
      '--capture',
      `expected a name that ends in .pcapng, such as run.pcapng, got "${path}"; only that format has comments`,
    );
  checkUnfinished(path, '--capture', () => 'give it another name, for Wireshark reads what it has', input);
}
