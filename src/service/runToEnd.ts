/**
 * The end that server and clients share: wait for the machine, read off the report, close the ports.
 *
 * An edge module by way of the transport.
 */
import type { Driver } from '../net/driver.ts';
import type { Transport } from '../net/transport.ts';

/** @param report what the transport says of its ports is lost once it is closed, so it is asked for before */
export async function runToEnd<Report>(
  driver: Driver,
  transport: Transport,
  report: () => Report,
): Promise<Report> {
  try {
    await driver.done;
    return report();
  } finally {
    await transport.close();
  }
}
