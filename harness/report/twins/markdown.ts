/**
 * Text for GitHub-flavoured Markdown: foreign text stays text, whatever it says.
 */
import { escaped } from '../../../src/base/escape.ts';

/** Our own prose, in which a few characters would begin markup. */
export const prose = (text: string): string =>
  escaped(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|~#@]/g, String.raw`\$&`);

/**
 * A text of somebody else as a code span, in which nothing is markup, no name is mentioned and no address becomes a link.
 * A vertical bar is escaped as in JSON, because it would end a table's cell.
 */
export function code(text: string): string {
  const safe = escaped(text).replaceAll('|', String.raw`\u007c`);
  if (safe.trim() === '') return '` `';
  const longest = Math.max(0, ...Array.from(safe.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = longest > 0 || /^\s|\s$/.test(safe) ? ' ' : '';
  return `${fence}${space}${safe}${space}${fence}`;
}

/** A block of lines as they are. */
export function codeBlock(lines: readonly string[]): string[] {
  const safe = lines.map(escaped);
  const longest = Math.max(
    2,
    ...safe.flatMap((line) => Array.from(line.matchAll(/`+/g), ([run]) => run.length)),
  );
  const fence = '`'.repeat(longest + 1);
  return [fence, ...safe, fence];
}

const tableLine = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** A table; the cells are Markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const rule = header.map((_, k) => (k === 0 ? '---' : '---:'));
  return [header, rule, ...rows].map(tableLine);
}
