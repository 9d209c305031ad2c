/**
 * An HTTP server for an app: it alone opens a TCP port, and knows @hono/node-server.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { bindFailure } from '../../src/net/bindFailure.ts';
import { startTimer } from '../../src/net/timer.ts';
import type { HostPort } from '../../src/base/quantities.ts';
import type { Peer } from '../../src/net/batch.ts';

/** What answers a request: an app's `fetch`. */
export type Answer = (request: Request, env: object) => Response | Promise<Response>;

export interface HttpServer {
  readonly listening: Peer;
  /** Answers no more; who has not read its answer within a moment is cut off. */
  close(): Promise<void>;
}

/** Connections at a time. */
const MAX_CONNECTIONS = 512;
/** How long what was answered may take to be read, at the end. */
const GRACE_MS = 500;
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16_384,
};

/** @throws EnvironmentError if it cannot listen there */
export async function serveHttp(answer: Answer, { host, port }: HostPort): Promise<HttpServer> {
  // The program's own Request and Response stay what they are.
  const listener = getRequestListener(answer, {
    overrideGlobalObjects: false,
    errorHandler: () => Response.json({ error: 'bad request', status: 400 }, { status: 400 }),
  });
  const server = createServer(LIMITS, (request, response) => void listener(request, response));
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    // Later ones, such as of a connection that could not be accepted for want of descriptors, are no end.
    server.on('error', (cause: NodeJS.ErrnoException) =>
      reject(bindFailure({ host, port }, cause.code ?? '', cause)),
    );
    server.listen(port, host, resolve);
  });
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    listening: { address, port: bound },
    close: () =>
      new Promise((resolve) => {
        const cancel = startTimer(() => server.closeAllConnections(), GRACE_MS);
        server.close(() => {
          cancel();
          resolve();
        });
      }),
  };
}
