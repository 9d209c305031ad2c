/**
 * Limits on the clients of a server: in all, for one address, and for clients whose address is not verified, so that no
 * flood of registrations takes all places.
 *
 * It only counts; every call takes constant time however many clients there are.
 */

export interface PlaceLimits {
  /** Places in all. */
  readonly max: number;
  /**
   * Places of one address; for IPv6 of one /64, the prefix of one subscriber. Default: a quarter of all, at least 1.
   */
  readonly maxPerAddress?: number | undefined;
}

/**
 * Why there is no place: `full`, all are taken; `address`, this address has reached its limit; `originals` and
 * `address-originals`, the same for the share of original clients.
 */
export type NoPlace = 'full' | 'address' | 'originals' | 'address-originals';

interface Taken {
  all: number;
  originals: number;
}

const defaultPerAddress = (max: number): number => Math.max(1, Math.floor(max / 4));

/** Original clients get at most half of the places: the rest is for clients that prove their address. */
const shareOfOriginals = (places: number): number => Math.max(1, Math.floor(places / 2));

export class Places {
  readonly maxPerAddress: number;
  readonly #max: number;
  readonly #taken: Taken = { all: 0, originals: 0 };
  readonly #byNetwork = new Map<string, Taken>();

  constructor({ max, maxPerAddress = defaultPerAddress(max) }: PlaceLimits) {
    this.#max = max;
    this.maxPerAddress = maxPerAddress;
  }

  /** Why a client has no place; null when it has one. @param network as `networkOf` gives it */
  refusal(network: string, original: boolean): NoPlace | null {
    const here = this.#byNetwork.get(network);
    if (this.#taken.all >= this.#max) return 'full';
    if (here !== undefined && here.all >= this.maxPerAddress) return 'address';
    if (!original) return null;
    if (this.#taken.originals >= shareOfOriginals(this.#max)) return 'originals';
    const areMany = here !== undefined && here.originals >= shareOfOriginals(this.maxPerAddress);
    return areMany ? 'address-originals' : null;
  }

  take(network: string, original: boolean): void {
    let here = this.#byNetwork.get(network);
    if (here === undefined) {
      here = { all: 0, originals: 0 };
      this.#byNetwork.set(network, here);
    }
    for (const taken of [this.#taken, here]) {
      taken.all += 1;
      if (original) taken.originals += 1;
    }
  }

  free(network: string, original: boolean): void {
    const here = this.#byNetwork.get(network);
    if (here === undefined) throw new Error(`no place of ${network} is taken`);
    for (const taken of [this.#taken, here]) {
      taken.all -= 1;
      if (original) taken.originals -= 1;
    }
    if (here.all === 0) this.#byNetwork.delete(network);
  }
}

/**
 * The network that counts as one address: an IPv4 address, also when mapped into IPv6; a link-local address with its
 * zone; of any other IPv6 address the first 64 bits, because one subscriber has a whole /64.
 * @param address numeric, as sockets report it
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length);
  if (address.startsWith('fe80:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':');
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
