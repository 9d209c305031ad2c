/**
 * Shows progress: on a terminal in place, into a pipe a line each time, if asked to.
 *
 * It looks at the work by a timer and never slows it down otherwise. It writes through src/files/terminal.ts only.
 */
import { NO_PROGRESS } from '../base/progress.ts';
import type { Look, Progress, Reading } from '../base/progress.ts';
import { ProgressText, layOutProgress } from '../display/progressText.ts';
import type { Step } from '../display/progressText.ts';
import { print, showStatus, statusScreen } from '../files/terminal.ts';
import { startTimer } from '../net/timer.ts';

export interface ProgressChoice {
  /** How often, nanoseconds; undefined: on a terminal twice a second, into a pipe never. */
  readonly every?: number | undefined;
  /** Shows nothing. */
  readonly quiet: boolean;
  /** Where lines go if there is no terminal; default: the standard output. */
  readonly say?: (line: string) => void;
  /** Whether the terminal is this program's alone; default true. */
  readonly ownsTerminal?: boolean;
  /** Whether a step is shown from its beginning on: for work that leaves no time for drawing. Default false. */
  readonly atOnce?: boolean;
  /** What is shown between steps that take a while; null: nothing, another program may be using the terminal. */
  readonly between?: string | null;
}

/** Shorter work shows nothing on a terminal. */
const FIRST_MS = 1000;
const REDRAW_MS = 500;

/** Does work whose progress is shown, and clears it away at the end. */
export async function showingProgress<T>(
  choice: ProgressChoice,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const screen = choice.ownsTerminal === false ? null : statusScreen();
  if (choice.quiet || (screen === null && choice.every === undefined)) return work(NO_PROGRESS);
  const shown = new ShownProgress(choice, screen !== null);
  try {
    return await work(shown);
  } finally {
    shown.end();
  }
}

/** At most this share of the time is spent on looking: of ten thousand flows even a look costs something. */
const LOOK_SHARE = 0.01;

interface OpenStep {
  readonly doing: string;
  readonly look: Look;
  readonly sinceMs: number;
}

class ShownProgress implements Progress {
  readonly #steps: OpenStep[] = [];
  /** The step that was looked at last, what it said, and when it may be looked at again. */
  #looked: { readonly step: OpenStep; readonly reading: Reading | null; readonly againMs: number } | null =
    null;
  readonly #text = new ProgressText();
  readonly #say: (line: string) => void;
  readonly #isScreen: boolean;
  readonly #everyMs: number;
  readonly #between: string | null;
  /** When the last step ended, or the work began. */
  #idleSinceMs = performance.now();
  #callOff: () => void = () => undefined;
  /** When it is drawn next. */
  #dueMs = 0;
  /** Whether the first time to draw has come. */
  #hasDrawn: boolean;

  constructor(
    { every, between = 'working', say = print, atOnce = false }: ProgressChoice,
    isScreen: boolean,
  ) {
    this.#isScreen = isScreen;
    this.#between = between;
    this.#say = say;
    this.#hasDrawn = atOnce;
    this.#everyMs = every === undefined ? REDRAW_MS : every / 1e6;
    this.#wait(isScreen ? FIRST_MS : this.#everyMs);
  }

  begin(doing: string, look: Look): () => void {
    const step = { doing, look, sinceMs: performance.now() };
    this.#steps.push(step);
    // What follows may leave no time for drawing.
    if (this.#isScreen && this.#hasDrawn) this.#draw();
    return () => {
      const at = this.#steps.lastIndexOf(step);
      if (at >= 0) this.#steps.splice(at, 1);
      this.#idleSinceMs = performance.now();
      if (this.#steps.length === 0 && this.#isScreen) showStatus(null);
    };
  }

  breathe(): void {
    if (performance.now() < this.#dueMs) return;
    this.#callOff();
    this.#drawInTurn();
  }

  end(): void {
    this.#callOff();
    if (this.#isScreen) showStatus(null);
  }

  #read(step: OpenStep): Reading | null {
    const beganMs = performance.now();
    if (this.#looked?.step === step && beganMs < this.#looked.againMs) return this.#looked.reading;
    const reading = step.look();
    const endedMs = performance.now();
    this.#looked = { step, reading, againMs: endedMs + (endedMs - beganMs) / LOOK_SHARE };
    return reading;
  }

  readonly #drawInTurn = (): void => {
    this.#wait(this.#everyMs);
    this.#hasDrawn = true;
    this.#draw();
  };

  #wait(ms: number): void {
    this.#dueMs = performance.now() + ms;
    this.#callOff = startTimer(this.#drawInTurn, ms);
  }

  #draw(): void {
    const innermost = this.#steps.at(-1);
    const reading = innermost === undefined ? null : this.#read(innermost);
    const steps = this.#steps.map((step): Step => ({
      ...step,
      reading: step === innermost ? reading : null,
    }));
    const nowMs = performance.now();
    if (steps.length === 0 && this.#between !== null && nowMs - this.#idleSinceMs >= FIRST_MS)
      steps.push({ doing: this.#between, sinceMs: this.#idleSinceMs, reading: null });
    const words = this.#text.words(nowMs, steps);
    const screen = this.#isScreen ? statusScreen() : null;
    if (words.length === 0) return this.#isScreen ? showStatus(null) : undefined;
    if (screen !== null) showStatus(layOutProgress(words, screen.columns, screen.colour));
    else if (!this.#isScreen) this.#say(words.map(({ text }) => text).join(' '));
  }
}
