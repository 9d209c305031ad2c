/**
 * A terminal in the place of the standard output: it keeps what its screen would show. It knows the codes that this program
 * writes, and no others: an unknown one is an error.
 */
import { displayWidth } from '../src/base/printable.ts';

/** A code with its count, a movement, or text. */
// oxlint-disable-next-line no-control-regex -- a terminal's codes begin with it
const CODES = /\u001B\[(\d*)([A-Za-z])|[\r\n]|[^\u001B\r\n]+/g;

export class FakeTerminal {
  /** All that was written. */
  written = '';
  readonly #real: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns' | 'rows'>;
  #rows: string[] = [''];
  /** Where the cursor is: its row, and the text of the row before it. */
  #row = 0;
  #column = 0;

  readonly columns: number;

  constructor(columns: number, rows = 24) {
    this.columns = columns;
    const { stdout } = process;
    this.#real = { write: stdout.write, isTTY: stdout.isTTY, columns: stdout.columns, rows: stdout.rows };
    Object.assign(stdout, { isTTY: true, columns, rows });
    stdout.write = ((text: string) => {
      this.written += text;
      this.#take(text);
      return true;
    }) as typeof stdout.write;
  }

  /** Gives the real one back. */
  remove(): void {
    Object.assign(process.stdout, this.#real);
  }

  /** What stands on it, without the empty rows at its end. */
  screen(): string[] {
    return this.#rows
      .map((row) => row.trimEnd())
      .join('\n')
      .replace(/\n+$/, '')
      .split('\n')
      .filter((row, k, all) => all.length > 1 || row !== '');
  }

  #take(text: string): void {
    for (const [part, count = '', code = ''] of text.matchAll(CODES)) {
      if (part === '\r') this.#column = 0;
      else if (part === '\n') this.#newLine();
      else if (code === 'm') continue;
      else if (code === 'A') this.#row = Math.max(0, this.#row - Number(count || 1));
      else if (code === 'K') this.#rows[this.#row] = '';
      else if (code !== '') throw new Error(`the terminal does not know ${JSON.stringify(part)}`);
      else this.#put(part);
    }
  }

  #newLine(): void {
    this.#row += 1;
    this.#column = 0;
    if (this.#row === this.#rows.length) this.#rows.push('');
  }

  #put(text: string): void {
    for (const character of text) {
      if (this.#column + displayWidth(character) > this.columns) this.#newLine();
      const row = this.#rows[this.#row] ?? '';
      this.#rows[this.#row] =
        row.slice(0, this.#column).padEnd(this.#column) + character + row.slice(this.#column + 1);
      this.#column += displayWidth(character);
    }
  }
}
