/**
 * The end that server and clients share: wait for the endpoint, read off the report, close the ports.
 */
import type { Host } from '../net/network.ts';

/** @param report what the host says of its ports is lost once it is closed, so it is asked for before */
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
