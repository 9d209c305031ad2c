/**
 * Drives a zlib stream one piece at a time: put a piece in, get what came out of it. Nothing that came out before an
 * error is lost, which a pipeline of streams does not promise.
 *
 * An edge module: zlib works in libuv's threads.
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

  /** Takes a piece in. Rejects with zlib's error. */
  async write(piece: Uint8Array): Promise<void> {
    await this.#settle((done) =>
      this.#stream.write(piece, (error) => {
        this.#error ??= error ?? undefined;
        done();
      }),
    );
    // What has been read out but not yet handed to the listener would be dropped by a later error.
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

  /** What has come out since the last call. */
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
