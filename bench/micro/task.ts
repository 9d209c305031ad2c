/**
 * The type of a micro-benchmark: a repeatable block of operations. Types only.
 */

/** `full` blocks take hundreds of microseconds and more; `smoke` ones only check that everything works. */
export type MicroSize = 'full' | 'smoke';

export interface MicroTask {
  readonly name: string;
  /** Operations in a block; figures are given per operation. */
  readonly operations: number;
  /** Restores the initial state of a block. Not measured. */
  readonly prepare?: () => void;
  /** Runs one block, which is measured. Returns a cheap sum of its results. */
  readonly run: () => number;
  /** Adds results that are too expensive to sum during the measurement, such as every byte written. Not measured. */
  readonly sumRest?: (sum: number) => number;
}

export interface MicroSuite {
  readonly name: string;
  /** Makes the inputs and the tasks that share them. */
  readonly tasks: (size: MicroSize) => readonly MicroTask[];
}
