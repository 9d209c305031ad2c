/** What this machine lacks for tests over IPv6. */
import { createSocket } from 'node:dgram';

/** Why nothing can be sent over IPv6 here, or null: it binds a socket to `::1`. */
export async function missingIpv6(): Promise<string | null> {
  const socket = createSocket('udp6');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, '::1', resolve);
    });
    return null;
  } catch (cause) {
    return `no IPv6 here: ${(cause as NodeJS.ErrnoException).code}`;
  } finally {
    socket.close();
  }
}
