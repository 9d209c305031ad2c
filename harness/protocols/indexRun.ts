/**
 * How often one index comes in a row: a field that stays the same is no sequence number.
 */

export class IndexRun {
  /** The most datagrams in a row that had one index of one stream. */
  longest = 0;
  #index = 0;
  #stream = 0;
  #inARow = 0;

  note(index: number, stream: number): void {
    this.#inARow = index === this.#index && stream === this.#stream ? this.#inARow + 1 : 1;
    this.#index = index;
    this.#stream = stream;
    if (this.#inARow > this.longest) this.longest = this.#inARow;
  }
}
