/**
 * The end of a server or client: waits for the endpoint, makes the report, closes the ports.
 */
import type { Host } from '../net/network.ts';

/** @param report makes the report; called before the host is closed, because its figures are lost then */
export async function runToEnd<Report>(
  ended: Promise<void>,
  host: Host,
  report: () => Report,
): Promise<Report> {
  try {
    await ended;
    return report();
  } finally {
    await host.close();
  }
}
