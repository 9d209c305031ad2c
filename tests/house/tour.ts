/** The commands of a page that a reader would type, in order, with what stands below them. Pure: it reads text. */

export interface Step {
  /** As a shell takes it. */
  readonly command: string;
  /** What a `console` block says it prints; null where the page promises no text: figures of one machine, or prose. */
  readonly output: string | null;
  readonly line: number;
}

/** A step, for as long as its output may go on. */
interface OpenStep extends Step {
  output: string | null;
}

/**
 * Finds `$ …` in `console` and `text` blocks, indented lines that begin with `npx`, and `npx matchstream …` between
 * backticks. Lines of `console` below a command are its output, up to the next command or the end of the block.
 */
export function findTour(page: string): Step[] {
  const steps: OpenStep[] = [];
  let fence: string | null = null;
  let open: OpenStep | null = null;
  for (const [index, text] of page.split('\n').entries()) {
    const line = index + 1;
    const mark = /^```(\w*)/.exec(text);
    if (mark !== null) {
      fence = fence === null ? (mark[1] as string) : null;
      open = null;
    } else if (fence !== null) {
      const isShown = fence === 'console' || fence === 'text';
      if (isShown && text.startsWith('$ ')) {
        open = { command: text.slice(2), output: fence === 'console' ? '' : null, line };
        steps.push(open);
      } else if (open !== null && open.output !== null) open.output += `${text}\n`;
    } else if (text.startsWith('    ')) {
      if (text.startsWith('    npx ')) steps.push({ command: text.trim(), output: null, line });
    } else {
      for (const [, command] of text.matchAll(/`(npx matchstream [a-z][^`]*)`/g))
        steps.push({ command: command as string, output: null, line });
    }
  }
  return steps;
}

/** Commands that serve until they are told to end, or until those they serve have left. */
export const staysUp = (command: string): boolean => /^npx matchstream (?:server|proxy)\b/.test(command);

/** The exit code that the page's own words mean: a step that shows a broken expectation ends with 1. */
export const expectedCode = ({ output }: Step): number =>
  output !== null && /^client \d+ does not meet /m.test(output) ? 1 : 0;
