/**
 * A program for the live page to look at that does what a test says: it serves the page, tells it states, and notes what the
 * page asks for.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readLivePage } from '../../../harness/control/livePage.ts';
import type {
  ClientState,
  DirectionState,
  EpochEvent,
  LiveState,
  ProxyState,
} from '../../../harness/control/liveState.ts';

/** What the page asked for besides itself: method, path, body. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly ours: string;
  readonly body: unknown;
}

export class LiveFixture {
  port = 0;
  readonly asked: Asked[] = [];
  /** What is answered to a change: a status and JSON. */
  answer: readonly [status: number, body: object] = [200, {}];
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #pages = new Set<ServerResponse>();

  /** @param port 0 for any */
  static async open(port = 0): Promise<LiveFixture> {
    const fixture = new LiveFixture();
    await new Promise<void>((resolve) => fixture.#server.listen(port, '127.0.0.1', resolve));
    ({ port: fixture.port } = fixture.#server.address() as AddressInfo);
    return fixture;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  tell(state: LiveState): void {
    for (const page of this.#pages) page.write(`event: state\ndata: ${JSON.stringify(state)}\n\n`);
  }

  tellChange(line: EpochEvent): void {
    for (const page of this.#pages) page.write(`event: epoch\ndata: ${JSON.stringify(line)}\n\n`);
  }

  get pages(): number {
    return this.#pages.size;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '' } = request;
    const { html, policy, script, style } = readLivePage();
    const give = (type: string, text: string): void =>
      void response
        .writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy })
        .end(text);
    if (url === '/') return give('text/html', html);
    if (url === '/live.js') return give('text/javascript', script);
    if (url === '/live.css') return give('text/css', style);
    if (url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 200\n\n');
      this.#pages.add(response);
      response.on('close', () => this.#pages.delete(response));
      return;
    }
    let text = '';
    request.setEncoding('utf8').on('data', (more: string) => (text += more));
    request.on('end', () => {
      const body: unknown = text === '' ? null : JSON.parse(text);
      this.asked.push({ method, path: url, ours: String(request.headers['x-matchstream']), body });
      const [status, answer] = this.answer;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  }
}

export const direction = (more: Partial<DirectionState> = {}): DirectionState => ({
  arrived: 0,
  forwarded: 0,
  duplicated: 0,
  dropped: 0,
  droppedByCause: {},
  heldNow: 0,
  refused: 0,
  unindexed: 0,
  delayP50Us: null,
  delayP99Us: null,
  rate: 0,
  bytesPerSecond: 0,
  ...more,
});

export const proxy = (more: Partial<ProxyState> = {}): ProxyState => ({
  name: 'proxy',
  listen: '127.0.0.1:9400',
  upstream: '127.0.0.1:9401',
  enabled: true,
  seed: '7',
  protocol: 'any',
  toxics: [],
  conditions: { down: {}, up: {} },
  epoch: 1,
  flowsOpen: 0,
  flowsClosed: 0,
  flows: [],
  down: direction(),
  up: direction(),
  kernelDrops: 0,
  ...more,
});

export const state = (more: Partial<LiveState> = {}): LiveState => ({
  v: 1,
  atUs: 0,
  program: 'proxy',
  isReadOnly: false,
  doing: null,
  ended: null,
  proxies: [],
  match: null,
  ...more,
});

export const client = (more: Partial<ClientState> = {}): ClientState => ({
  name: 'client 1',
  status: 'receiving',
  score: null,
  clock: null,
  sent: null,
  received: null,
  lost: null,
  twice: null,
  reordered: null,
  lateUs: null,
  jitterUs: null,
  ...more,
});
