/**
 * Many clients, a source port each, which ask short questions and hear the answers. One process's sockets are enough for them.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';

const QUESTION_BYTES = 48;
/** Sockets opened in a turn of the event loop. */
const AT_A_TIME = 32;

export class Crowd {
  sent = 0;
  heard = 0;
  readonly #port: number;
  readonly #sockets: Socket[] = [];

  /** @param port of the proxy */
  constructor(port: number) {
    this.#port = port;
  }

  /** Opens so many more. */
  async open(count: number): Promise<void> {
    for (let opened = 0; opened < count;) {
      const now = Math.min(AT_A_TIME, count - opened);
      await Promise.all(Array.from({ length: now }, () => this.#open()));
      opened += now;
    }
  }

  /** The clients `from` .. `to - 1` ask a question each. */
  ask(from: number, to: number): void {
    for (const socket of this.#sockets.slice(from, to)) this.#ask(socket);
  }

  /** A new client asks, and is gone after its answer, or after some time without one. */
  async visit(waitMs: number): Promise<void> {
    const socket = await this.#open();
    const answered = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      socket.once('message', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#ask(socket);
    await answered;
    this.#sockets.splice(this.#sockets.indexOf(socket), 1);
    socket.close();
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  #ask(socket: Socket): void {
    this.sent += 1;
    // No two are alike, as those of a resolver's clients: equal ones would look like a loop of proxies.
    const question = Buffer.alloc(QUESTION_BYTES);
    question.writeUInt32LE(this.sent);
    socket.send(question, this.#port, '127.0.0.1');
  }

  #open(): Promise<Socket> {
    const socket = createSocket('udp4');
    socket.on('message', () => (this.heard += 1));
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, '127.0.0.1', () => {
        this.#sockets.push(socket);
        resolve(socket);
      });
    });
  }
}
