/**
 * What the page asks the control API to do. An answer is a text that says what went wrong, or null.
 */
import type { Knobs } from '../../impairment/stages/stage.ts';
import type { Direction } from '../../impairment/schedule.ts';

/** Null: it is done. */
export type Answer = Promise<string | null>;

const PATIENCE_MS = 15_000;

/** The header that no other site's page can send. */
const OURS = { 'x-matchstream': 'page' };

const MOST_SHOWN = 600;

/** What went wrong, as the API says it; else what can be said of it. */
async function reasonOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown };
    if (typeof error === 'string') return error.slice(0, MOST_SHOWN);
  } catch {
    // It was not the API that answered.
  }
  return `the program answered ${response.status} ${response.statusText}`;
}

async function call(method: string, path: string, body?: object): Answer {
  try {
    const response = await fetch(path, {
      method,
      headers: { ...OURS, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return response.ok ? null : await reasonOf(response);
  } catch {
    return 'the program did not answer; is it still running?';
  }
}

const at = (proxy: string, rest = ''): string => `/proxies/${encodeURIComponent(proxy)}${rest}`;

/** Replaces the knobs of the directions that are given. */
export const setConditions = (proxy: string, knobs: Partial<Readonly<Record<Direction, Knobs>>>): Answer =>
  call('PUT', at(proxy, '/conditions'), knobs);

export const setEnabled = (proxy: string, enabled: boolean): Answer => call('POST', at(proxy), { enabled });

export const beginOutage = (proxy: string, duration: string): Answer =>
  call('POST', at(proxy, '/outage'), { duration });

export const rebind = (proxy: string): Answer => call('POST', at(proxy, '/rebind'));

export const removeToxic = (proxy: string, toxic: string): Answer =>
  call('DELETE', at(proxy, `/toxics/${encodeURIComponent(toxic)}`));
