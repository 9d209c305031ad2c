/**
 * What a stream of a proxy is called in notes and expectations.
 */

export interface NamedStream {
  readonly flow: number;
  readonly direction: string;
  /** 1 for the only one, or where none is said. */
  readonly stream?: number | null | undefined;
}

export const streamName = ({ flow, direction, stream }: NamedStream): string =>
  `flow ${flow} ${direction}${(stream ?? 1) === 1 ? '' : `, stream ${stream}`}`;
