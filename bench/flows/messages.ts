/**
 * What the benchmark of many flows and its child processes tell each other: each message is answered once, in order.
 */
import type { TransportName } from '../resolveTransport.ts';

/** Figures of a process until now. */
export interface Sample {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

export interface ProxyTask {
  readonly transport: TransportName;
  readonly serverPort: number;
  readonly maxFlows: number;
  readonly idleNs: number;
  /** As in a scenario file, for both directions. */
  readonly knobs: Readonly<Record<string, string>>;
}

/** What a proxy says it did, for one direction. */
export interface Way {
  readonly arrived: number;
  readonly forwarded: number;
  /** Refused by the transport, dropped, or held at the end. */
  readonly lost: number;
  /** By the kernel, before the proxy could read them; null where unknown. */
  readonly kernelDrops: number | null;
}

export interface ProxyAccount {
  readonly flows: number;
  readonly up: Way;
  readonly down: Way;
  /** Datagrams of clients that it did not pass on. */
  readonly turnedAway: number;
  /** Answers for flows that were closed. */
  readonly tooLate: number;
  readonly gaveWay: number;
}

/** What the far end and the standing flow did. */
export interface EndsAccount {
  readonly echoed: number;
  readonly sent: number;
  readonly heard: number;
  readonly kernelDrops: number | null;
}

/** The standing flow since the last pulse. */
export interface Pulse {
  readonly sent: number;
  readonly longestNs: number;
  /** How late its own timer was at most: a stall of the process that measures. */
  readonly ownNs: number;
}

export interface ToChild {
  proxy: { readonly asked: ProxyTask; readonly answered: { readonly port: number } };
  sample: { readonly asked: null; readonly answered: Sample };
  stop: { readonly asked: null; readonly answered: ProxyAccount };
  echo: { readonly asked: null; readonly answered: { readonly port: number } };
  /** Begins the standing flow, so many datagrams each 2 ms; 0 ends it. */
  beat: { readonly asked: { readonly port: number; readonly each: number }; readonly answered: null };
  pulse: { readonly asked: null; readonly answered: Pulse };
  end: { readonly asked: null; readonly answered: EndsAccount };
}

export type Handlers = { [Kind in keyof ToChild]?: Handler<Kind> };
type Handler<Kind extends keyof ToChild> = (
  asked: ToChild[Kind]['asked'],
) => ToChild[Kind]['answered'] | Promise<ToChild[Kind]['answered']>;

/** Answers the parent's messages, and ends with it. A failure is answered by its message. */
export function serveParent(handlers: Handlers): void {
  process.on('message', ({ kind, asked }: { kind: keyof ToChild; asked: never }) => {
    void (async () => {
      try {
        process.send?.({ answered: await handlers[kind]?.(asked) });
      } catch (cause) {
        process.send?.({ failed: (cause as Error).message });
      }
    })();
  });
  process.on('disconnect', () => process.exit(0));
}
