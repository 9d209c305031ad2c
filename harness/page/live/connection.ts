/**
 * The page's one connection: it hears what the program says, connects again when it is cut off, and says which of them it is.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EpochEvent, LiveState } from '../../control/liveState.ts';
import { NO_FEED, withEpoch, withState } from './feed.ts';
import type { Feed } from './feed.ts';

export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** Connected, but nothing has come for some time. */
  | { readonly kind: 'silent'; readonly seconds: number }
  | { readonly kind: 'cut off' }
  | { readonly kind: 'ended' };

/** The program speaks once a second. */
const SILENT_MS = 4000;
const LOOK_MS = 1000;
/** Time to the next attempt where the browser makes none by itself: after an answer that was none. */
const AGAIN_MS = 3000;

export interface Connection {
  readonly feed: Feed;
  readonly link: Link;
}

export function useConnection(url: string): Connection {
  const [feed, setFeed] = useState<Feed>(NO_FEED);
  const [link, setLink] = useState<Link>({ kind: 'connecting' });
  const heardMs = useRef(0);
  useEffect(() => {
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const heard = (): void => {
      heardMs.current = performance.now();
    };
    const connect = (): void => {
      source = new EventSource(url);
      source.addEventListener('open', () => {
        heard();
        setLink({ kind: 'live' });
      });
      source.addEventListener('state', ({ data }: MessageEvent<string>) => {
        heard();
        const state = JSON.parse(data) as LiveState;
        setFeed((before) => withState(before, state, Date.now()));
        isOver = state.ended !== null;
        setLink({ kind: isOver ? 'ended' : 'live' });
        // A program that has ended would be asked for ever.
        if (isOver) source?.close();
      });
      source.addEventListener('epoch', ({ data }: MessageEvent<string>) => {
        heard();
        const line = JSON.parse(data) as EpochEvent;
        setFeed((before) => withEpoch(before, line));
      });
      source.addEventListener('leftOut', ({ data }: MessageEvent<string>) => {
        const { events } = JSON.parse(data) as { readonly events: number };
        setFeed((before) => ({ ...before, untold: before.untold + events }));
      });
      source.addEventListener('error', () => {
        if (isOver) return;
        setLink({ kind: 'cut off' });
        if (source?.readyState !== EventSource.CLOSED) return;
        clearTimeout(again);
        again = setTimeout(connect, AGAIN_MS);
      });
    };
    connect();
    const watch = setInterval(() => {
      if (isOver || source?.readyState !== EventSource.OPEN) return;
      const silentMs = performance.now() - heardMs.current;
      if (silentMs >= SILENT_MS) setLink({ kind: 'silent', seconds: Math.round(silentMs / 1e3) });
    }, LOOK_MS);
    return () => {
      clearInterval(watch);
      clearTimeout(again);
      source?.close();
    };
  }, [url]);
  return { feed, link };
}
