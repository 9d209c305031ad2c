/**
 * The ledger: where every datagram went, per flow, direction and client.
 *
 * Pure. It adds up counters that others read, and never guesses one: a counter that could not be read is null,
 * explains nothing, and is written as not measured.
 *
 *     sent + duplicated = delivered + dropped + kernel_drops_proxy + kernel_drops_client
 *                         + refused + held_at_end + unexplained
 */

/** What the kernel said of one receiving socket. */
export interface KernelCounter {
  /** Its drop counter; null where it could not be read. */
  readonly drops: number | null;
  /** Whether the socket coalesces (UDP_GRO): then one count is a whole batch of 1 to 64 datagrams. */
  readonly coalesced: boolean;
}

/** What the proxy did to one flow in one direction. */
export interface ProxyCounters {
  /** Datagrams it read. */
  readonly received: number;
  /** Cause → datagrams dropped for it. */
  readonly droppedByCause: Readonly<Record<string, number>>;
  /** Extra copies it made. */
  readonly duplicated: number;
  /** Datagrams the kernel would not take from it. */
  readonly refused: number;
  /** Datagrams it still held when it was stopped. */
  readonly heldAtEnd: number;
  readonly kernel: KernelCounter;
}

export interface LedgerInput {
  readonly flow: number;
  readonly direction: string;
  readonly client: number;
  /** Successful sends; null where the sender is not ours to ask. */
  readonly sent: number | null;
  /** Null where the stream went straight to the client. */
  readonly proxy: ProxyCounters | null;
  /** Every arriving copy, corrupted ones included; null where the receiver is not ours to ask. */
  readonly delivered: number | null;
  /** Of the client's socket. */
  readonly kernel: KernelCounter;
}

/** A row of ledger.csv. */
export interface LedgerRow {
  readonly flow: number;
  readonly direction: string;
  readonly client: number;
  readonly sent: number | null;
  readonly duplicated: number;
  readonly dropped: number;
  readonly kernel_drops_proxy: number | null;
  readonly kernel_drops_client: number | null;
  readonly kernel_drop_events: number | null;
  readonly refused: number;
  readonly held_at_end: number;
  readonly delivered: number | null;
  readonly unexplained: number | null;
}

/** A row of ledger_causes.csv. */
export interface LedgerCauseRow {
  readonly flow: number;
  readonly direction: string;
  readonly client: number;
  readonly cause: string;
  readonly count: number;
}

/** Most datagrams the kernel joins into one. */
const COALESCED_MOST = 64;

/**
 * How many of the missing datagrams the kernel's counter answers for.
 *
 * A plain socket counts every datagram, control ones too, so it answers for at most its count. A coalescing one
 * counts a batch of 1 to 64 as one: it answers for all that is missing when
 * counter ≤ missing ≤ 64 × counter, and for nothing otherwise.
 *
 * @returns null where the counter could not be read
 */
export function attributeKernelDrops(drop: {
  readonly missing: number;
  readonly counter: number | null;
  readonly coalesced: boolean;
}): number | null {
  const { missing, counter, coalesced } = drop;
  if (counter === null) return null;
  if (missing <= 0) return 0;
  if (!coalesced) return Math.min(missing, counter);
  return counter <= missing && missing <= COALESCED_MOST * counter ? missing : 0;
}

const missingBetween = (before: number | null, after: number | null): number | null =>
  before === null || after === null ? null : before - after;

const kernelDrops = (missing: number | null, kernel: KernelCounter): number | null =>
  missing === null
    ? null
    : attributeKernelDrops({ missing, counter: kernel.drops, coalesced: kernel.coalesced });

const droppedBy = (proxy: ProxyCounters | null): number => {
  let dropped = 0;
  for (const count of Object.values(proxy?.droppedByCause ?? {})) dropped += count;
  return dropped;
};

/** One row of the ledger; `unexplained` is null only where an end of the stream could not be asked. */
export function ledgerRow(input: LedgerInput): LedgerRow {
  const { sent, delivered, proxy } = input;
  const duplicated = proxy?.duplicated ?? 0;
  const dropped = droppedBy(proxy);
  const refused = proxy?.refused ?? 0;
  const heldAtEnd = proxy?.heldAtEnd ?? 0;

  const forwarded = proxy === null ? sent : proxy.received + duplicated - dropped - refused - heldAtEnd;
  const dropsProxy = proxy === null ? 0 : kernelDrops(missingBetween(sent, proxy.received), proxy.kernel);
  const dropsClient = kernelDrops(missingBetween(forwarded, delivered), input.kernel);
  const eventsProxy = proxy === null ? 0 : proxy.kernel.drops;
  return {
    flow: input.flow,
    direction: input.direction,
    client: input.client,
    sent,
    duplicated,
    dropped,
    kernel_drops_proxy: dropsProxy,
    kernel_drops_client: dropsClient,
    kernel_drop_events:
      eventsProxy === null || input.kernel.drops === null ? null : eventsProxy + input.kernel.drops,
    refused,
    held_at_end: heldAtEnd,
    delivered,
    unexplained:
      sent === null || delivered === null
        ? null
        : sent +
          duplicated -
          delivered -
          dropped -
          (dropsProxy ?? 0) -
          (dropsClient ?? 0) -
          refused -
          heldAtEnd,
  };
}

/** The causes behind `dropped`, in the order given; causes that struck nothing are left out. */
export function ledgerCauseRows(input: LedgerInput): LedgerCauseRow[] {
  const { flow, direction, client, proxy } = input;
  return Object.entries(proxy?.droppedByCause ?? {})
    .filter(([, count]) => count > 0)
    .map(([cause, count]) => ({ flow, direction, client, cause, count }));
}
