/**
 * IP addresses as bytes, as in packets and kernel tables, and as text: IPv4 with dots, IPv6 as in RFC 5952.
 */

const IPV4_PART = /^\d{1,3}$/;
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;

/** @param bytes 4 or 16, the most significant first */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, k) =>
    (((bytes[2 * k] as number) << 8) | (bytes[2 * k + 1] as number)).toString(16),
  ).join(':');
  // `::` stands for the longest run of two or more zero groups, the first one of equals.
  let longest = '';
  for (const [run] of groups.matchAll(/\b0(?::0)+\b/g)) if (run.length > longest.length) longest = run;
  if (longest === '') return groups;
  const at = groups.search(new RegExp(`\\b${longest}\\b`));
  return `${groups.slice(0, at).replace(/:$/, '')}::${groups.slice(at + longest.length).replace(/^:/, '')}`;
}

/** The 4 or 16 bytes of a numeric address; null for any other text. An IPv6 zone is ignored. */
export function addressBytes(text: string): readonly number[] | null {
  if (!text.includes(':')) return ipv4Bytes(text);
  const [bare = ''] = text.split('%');
  const dotted = /^(.*:)([^:]*\.[^:]*)$/.exec(bare);
  if (dotted === null) return ipv6Bytes(bare);
  const tail = ipv4Bytes(dotted[2] as string);
  const head = ipv6Bytes(`${dotted[1]}0:0`);
  return tail === null || head === null ? null : [...head.slice(0, 12), ...tail];
}

function ipv4Bytes(text: string): readonly number[] | null {
  const parts = text.split('.');
  const isAddress = parts.length === 4 && parts.every((part) => IPV4_PART.test(part) && Number(part) <= 255);
  return isAddress ? parts.map(Number) : null;
}

function ipv6Bytes(text: string): readonly number[] | null {
  const [before = [], after, ...more] = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const zeros = 8 - before.length - (after?.length ?? 0);
  if (more.length > 0 || (after === undefined ? zeros !== 0 : zeros < 1)) return null;
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...(after ?? [])];
  if (!groups.every((group) => IPV6_GROUP.test(group))) return null;
  return groups.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
