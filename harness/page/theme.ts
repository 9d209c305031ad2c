/**
 * The colours of page.css for what is drawn on a canvas, and the moments when they change: light, dark, print.
 */
import { useEffect, useState } from 'preact/hooks';

/** A colour of page.css by its name. */
export const colourOf = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const QUERIES = ['(prefers-color-scheme: dark)', 'print'];

/** A number that changes with the colours. */
export function useTheme(): number {
  const [theme, setTheme] = useState(0);
  useEffect(() => {
    const lists = QUERIES.map((query) => matchMedia(query));
    const changed = (): void => setTheme((before) => before + 1);
    for (const list of lists) list.addEventListener('change', changed);
    return () => {
      for (const list of lists) list.removeEventListener('change', changed);
    };
  }, []);
  return theme;
}
