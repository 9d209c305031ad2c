/**
 * What a micro-benchmark is: a block of operations that is the same every time. Types only.
 */

/** `full` blocks take hundreds of microseconds and more; `smoke` ones only show that everything still works. */
export type MicroSize = 'full' | 'smoke';

export interface MicroTask {
  readonly name: string;
  /** Operations in a block; figures are given per operation. */
  readonly operations: number;
  /** Brings back what a block starts from. Not measured. */
  readonly prepare?: () => void;
  /** One block: what is measured. Returns a sum of its results that is cheap to keep. */
  readonly run: () => number;
  /** Adds to that sum what is too dear to sum while measuring, such as every byte written. Not measured. */
  readonly sumRest?: (sum: number) => number;
}

export interface MicroSuite {
  readonly name: string;
  /** Makes the inputs and the tasks that share them. */
  readonly tasks: (size: MicroSize) => readonly MicroTask[];
}
