/**
 * Routes that only tell: flows, changes, and figures for Prometheus.
 */
import type { App } from '../pageRoutes.ts';
import type { Views } from '../views/views.ts';

export const VIEW_PATHS: readonly string[] = ['/flows', '/epochs', '/metrics'];

export function addViewRoutes(
  app: App,
  { flows, epochs, metrics }: Pick<Views, 'flows' | 'epochs' | 'metrics'>,
): void {
  app.get('/flows', (c) => c.json(flows()));
  app.get('/epochs', (c) => c.json(epochs()));
  // The version of the text format that every scraper takes.
  app.get('/metrics', (c) =>
    c.body(metrics(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
}
