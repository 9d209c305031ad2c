/**
 * What a test process tells the runner: one JSON object a line, on file descriptor 3.
 *
 * A descriptor of its own, so that nothing a test prints can be taken for a result; written synchronously, so that
 * nothing is lost when the process dies right after.
 */

/** The descriptor that the runner opens in the test process. */
export const MESSAGE_DESCRIPTOR = 3;

export type Message =
  | { readonly kind: 'started'; readonly title: string }
  | {
      readonly kind: 'finished';
      readonly passed: number;
      readonly failed: number;
      readonly skipped: number;
      /** Full names of those that were skipped by themselves. */
      readonly skippedTitles: readonly string[];
      readonly problems: readonly string[];
    }
  | { readonly kind: 'lingering'; readonly resources: readonly string[] };
