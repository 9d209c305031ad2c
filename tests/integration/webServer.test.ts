/** The live page's server over TCP: its page, its events, who may not ask, and how it ends. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_WAITING } from '../../harness/control/eventStream.ts';
import { startWebServer } from '../../harness/control/webServer.ts';
import type { WebServer } from '../../harness/control/webServer.ts';
import { assertRefusal } from '../refusals.ts';

const web = suite('the server of a live page');

const PAGE = { html: '<!doctype html><p>', policy: "default-src 'self'", script: '1;', style: 'p{}' };
const LOOPBACK = { host: '127.0.0.1', port: 0 };
const PATIENCE_MS = 20_000;

const start = (token: string | null = null, state: () => unknown = () => ({ v: 1 })): Promise<WebServer> =>
  startWebServer({ listen: LOOPBACK, access: { allow: [], token, hostName: null }, page: PAGE, state });

const urlOf = ({ listening }: WebServer, path: string): string => `http://127.0.0.1:${listening.port}${path}`;

/** By node:http, for fetch sends the Host of its address. */
const statusFor = (
  server: WebServer,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(urlOf(server, '/'), { headers, timeout: PATIENCE_MS }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });

web('a browser gets the page with its policy, its script, its style and nothing else', async () => {
  const server = await start();
  try {
    const page = await fetch(urlOf(server, '/'), { headers: { 'user-agent': 'Mozilla/5.0' } });
    assert.equal([page.status, await page.text()], [200, PAGE.html]);
    assert.is(page.headers.get('content-security-policy'), PAGE.policy);
    assert.is(page.headers.get('access-control-allow-origin'), null);
    assert.is(await (await fetch(urlOf(server, '/live.js'))).text(), PAGE.script);
    assert.is(await (await fetch(urlOf(server, '/live.css'))).text(), PAGE.style);
    const other = await fetch(urlOf(server, '/proxies'));
    assert.equal(await other.json(), { error: 'no such path: GET /proxies', status: 404 });
    const post = await fetch(urlOf(server, '/'), { method: 'POST', body: 'x' });
    assert.is(post.status, 404);
  } finally {
    await server.close();
  }
});

web('the first state comes at once, and the last one at the end', async () => {
  let n = 0;
  const server = await start(null, () => ({ n: (n += 1) }));
  const response = await fetch(urlOf(server, '/events'));
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  while (!text.includes('data: {"n":1}\n\n'))
    text += Buffer.from((await reader.read()).value ?? []).toString();
  const closing = server.close();
  let last = '';
  for (let read = await reader.read(); !read.done; read = await reader.read())
    last += Buffer.from(read.value).toString();
  await closing;
  assert.match(last, new RegExp(`data: \\{"n":${n}\\}\n\n$`));
});

web('who comes by another name, or without the token, gets nothing', async () => {
  const open = await start();
  const closed = await start('s3cret');
  try {
    assert.is(await statusFor(open, {}), 200);
    assert.is(await statusFor(open, { host: 'evil.example' }), 403);
    assert.is(await statusFor(closed, {}), 401);
    assert.is(await statusFor(closed, { authorization: 'Bearer s3cret' }), 200);
    const asked = await fetch(urlOf(closed, '/'));
    assert.is(asked.headers.get('www-authenticate'), 'Basic realm="matchstream"');
    assert.equal((await asked.json()) as unknown, {
      error: 'token required: send it as Authorization: Bearer TOKEN, or as a URL’s password',
      status: 401,
    });
  } finally {
    await Promise.all([open.close(), closed.close()]);
  }
});

web('a page that does not read is dropped, and its connection with it', async () => {
  // More than the sockets' buffers take.
  const server = await start(null, () => 'x'.repeat(4e6));
  const { port } = server.listening;
  const socket = connect(port, '127.0.0.1');
  socket.pause();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  try {
    const until = performance.now() + PATIENCE_MS;
    while (server.events.pages === 0 && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 5));
    for (let k = 0; k < MAX_WAITING + 2; k += 1) {
      server.events.tick();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal([server.events.pages, server.events.dropped], [0, 1]);
    socket.resume();
    await closed;
  } finally {
    socket.destroy();
    await server.close();
  }
});

web('what is no HTTP, and a target that is none, is refused', async () => {
  const server = await start();
  const answer = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let got = '';
      const socket = connect(server.listening.port, '127.0.0.1', () => socket.write(text));
      socket.setTimeout(PATIENCE_MS, () => socket.destroy());
      socket.on('data', (data) => (got += data.toString()));
      socket.once('error', reject);
      socket.once('close', () => resolve(got.split('\r\n')[0] as string));
    });
  try {
    assert.match(await answer('\0\0\0\r\n\r\n'), /^HTTP\/1\.1 400/);
    assert.match(
      await answer('GET / HTTP/1.1\r\nConnection: close\r\nHost: a b\r\n\r\n'),
      /^HTTP\/1\.1 40[03]/,
    );
    assert.match(await answer('GET / HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 40[03]/);
    assert.match(
      await answer('GET \\ HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n'),
      /^HTTP\/1\.1 40[034]/,
    );
  } finally {
    await server.close();
  }
});

web('a port that is taken is said', async () => {
  const server = await start();
  try {
    const { port } = server.listening;
    await assertRefusal(
      () =>
        startWebServer({
          listen: { host: '127.0.0.1', port },
          access: { allow: [], token: null, hostName: null },
          page: PAGE,
          state: () => ({}),
        }),
      'port-taken',
    );
  } finally {
    await server.close();
  }
});

web.run();
