/**
 * How many datagrams the kernel dropped at a socket because its receive buffer was full, from /proc/net/udp.
 *
 * An edge module. Null where the figure cannot be read: another system, or a socket the table does not show.
 */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { endianness } from 'node:os';

/** The kernel's spelling of an address: each 32-bit word in hexadecimal, in the machine's byte order. */
function kernelAddress(address: string): string {
  const words = isIPv6(address) ? ipv6Bytes(address) : address.split('.').map(Number);
  let text = '';
  for (let at = 0; at < words.length; at += 4) {
    const word = words.slice(at, at + 4);
    if (endianness() === 'LE') word.reverse();
    for (const byte of word) text += byte.toString(16).padStart(2, '0').toUpperCase();
  }
  return text;
}

const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));

function ipv6Bytes(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (dotted !== null) return [...ipv6Bytes(`${dotted[1]}0:0`).slice(0, 12), ...dotted.slice(2).map(Number)];
  const [head = '', tail] = address.split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/**
 * The drop counter of the socket bound to this address and port.
 * @param table the text of /proc/net/udp or udp6, for tests; read from the kernel otherwise
 */
export function readKernelDrops(address: string, port: number, table?: string): number | null {
  let text = table;
  if (text === undefined) {
    try {
      text = readFileSync(isIPv6(address) ? '/proc/net/udp6' : '/proc/net/udp', 'latin1');
    } catch {
      return null;
    }
  }
  const local = `${kernelAddress(address)}:${port.toString(16).padStart(4, '0').toUpperCase()}`;
  for (const line of text.split('\n')) {
    const cells = line.trim().split(/\s+/);
    if (cells[1] === local) return Number(cells.at(-1));
  }
  return null;
}
