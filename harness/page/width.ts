/**
 * The width of an element, so that a drawing is made for it instead of being scaled: text keeps its size.
 */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

const FIRST_WIDTH = 640;

/** A reference for the element, and its width in pixels. */
export function useWidth<Kind extends HTMLElement>() {
  const ref = useRef<Kind>(null);
  const [width, setWidth] = useState(FIRST_WIDTH);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const measure = (): void => {
      const now = Math.floor(element.clientWidth);
      if (now > 0) setWidth(now);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width] as const;
}
