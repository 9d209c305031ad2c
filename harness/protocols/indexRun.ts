/**
 * Counts how often one index comes in a row: a field that stays the same is not a sequence number.
 */

export class IndexRun {
  /** Maximum number of datagrams in a row with one index of one stream. */
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
