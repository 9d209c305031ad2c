/**
 * Drives a zlib stream one piece at a time: write a piece, take its output. Output before an error is never lost, which
 * a pipeline of streams does not guarantee.
 */
import type { Gunzip, Gzip } from 'node:zlib';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class ZlibPump {
  readonly #stream: Gunzip | Gzip;
  #pieces: Uint8Array[] = [];
  #error: Error | undefined;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(stream: Gunzip | Gzip) {
    this.#stream = stream;
    stream.on('data', (piece: Uint8Array) => this.#pieces.push(piece));
    stream.once('end', () => {
      this.#ended = true;
      this.#wake();
    });
    stream.once('error', (error) => {
      this.#error = error;
      this.#wake();
    });
  }

  /** Processes a piece. Rejects with zlib's error. */
  async write(piece: Uint8Array): Promise<void> {
    await this.#settle((done) =>
      this.#stream.write(piece, (error) => {
        this.#error ??= error ?? undefined;
        done();
      }),
    );
    // Output that has not been emitted yet would be lost on a later error.
    while (this.#error === undefined && this.#stream.readableLength > 0) await turn();
    if (this.#error !== undefined) throw this.#error;
  }

  /** Ends the input and waits for the last output. Rejects with zlib's error. */
  async end(): Promise<void> {
    await this.#settle((done) => {
      if (this.#ended) done();
      else this.#stream.end();
    });
    if (this.#error !== undefined) throw this.#error;
  }

  /** The output since the last call. */
  take(): Uint8Array[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /** Frees zlib's memory. */
  close(): void {
    this.#stream.destroy();
  }

  #settle(start: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#error === undefined) start(resolve);
      else resolve();
    });
  }
}
