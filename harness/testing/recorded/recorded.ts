/**
 * A recording as a test's server: the first run records what the real server says, later ones play it.
 *
 * A recording is made without impairment, and appears whole when the test closes it, or not at all.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import { kindAt } from '../../../src/files/outputs.ts';
import { complain } from '../../../src/files/terminal.ts';
import { startTimer } from '../../../src/net/timer.ts';
import { CALL, readRecordedOptions } from './options.ts';
import type { RecordedOptions, RecordedSettings } from './options.ts';
import type { RecordedOutcome, Running } from './outcome.ts';
import { startPlaying } from './playing.ts';
import { startRecording } from './recording.ts';

export class RecordedServer {
  /** Where clients send to. */
  readonly host: string;
  readonly port: number;
  /** The same as one text, `127.0.0.1:40000`. */
  readonly address: string;
  /** The recording's file. */
  readonly path: string;
  /** Whether this run makes it. */
  readonly isRecording: boolean;
  /** Of the impairment, where something is impaired. */
  readonly seed: string;
  readonly #running: Running;
  #ended: Promise<RecordedOutcome> | null = null;

  /** Called by `recorded`. */
  constructor(running: Running, { path, impairment }: RecordedSettings, isRecording: boolean) {
    const { address, port } = running.local;
    this.#running = running;
    this.host = address;
    this.port = port;
    this.address = formatHostPort(address, port);
    this.path = path;
    this.isRecording = isRecording;
    this.seed = impairment.seed;
  }

  /**
   * Ends it: a recording is written; what was played is judged.
   * @throws AssertionError if a client asked what is not in the recording; it names what differs
   * @throws EnvironmentError if nothing came at all, or the recording cannot be written
   */
  async close(): Promise<RecordedOutcome> {
    return this.#end(false);
  }

  /** Ends it without a recording and without a verdict: the test has failed anyway. */
  async discard(): Promise<void> {
    await this.#end(true);
  }

  /** Closes it, if that was not done. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended === null) await this.close();
  }

  #end(isDiscarded: boolean): Promise<RecordedOutcome> {
    this.#ended ??= whileAlive(() => this.#running.end(isDiscarded));
    return this.#ended;
  }
}

/** Nothing else keeps the process alive, and whoever closes waits for the end. */
async function whileAlive<Result>(work: () => Promise<Result>): Promise<Result> {
  const cancel = startTimer(() => undefined, Number.POSITIVE_INFINITY);
  try {
    return await work();
  } finally {
    cancel();
  }
}

/**
 * Starts what a test's client talks to in the place of its server, and resolves when it listens. It does not keep the process
 * alive.
 * @param name of the test; it names the file
 * @throws UsageError for a wrong option, a damaged recording, or none where none may be made; EnvironmentError if it cannot listen
 */
export async function recorded(name: string, options: RecordedOptions): Promise<RecordedServer> {
  const settings = readRecordedOptions(name, options, process.env);
  const say = options.notice ?? ((line: string) => complain(`${CALL} ${JSON.stringify(name)}: ${line}`));
  const isRecording = mustRecord(settings);
  const start = isRecording ? startRecording : startPlaying;
  return new RecordedServer(await start(name, settings, say), settings, isRecording);
}

/** Whether this run records. @throws UsageError if it may not, and there is nothing to play */
function mustRecord({ path, mode, mayRecord }: RecordedSettings): boolean {
  const there = kindAt(path);
  if (there !== null && there !== 'file')
    throw new UsageError(
      'file-unreadable',
      `${CALL}: ${path}`,
      `expected a recording, got ${there}; remove it`,
    );
  if (mode === 'all' || (there === null && mayRecord)) return true;
  if (there !== null) return false;
  const why = mode === 'none' ? 'mode none makes none' : 'in CI none is made';
  throw new UsageError(
    'file-unreadable',
    `${CALL}: ${path}`,
    `expected a recording, got no file, and ${why}; run the test once with MATCHSTREAM_RECORD=once, and commit the file`,
  );
}
