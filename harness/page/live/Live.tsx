/**
 * The live page: whether it is connected, the match, and every proxy; several proxies are chosen from a list.
 */
import { useState } from 'preact/hooks';
import type { GivenToPage, LiveState } from '../../control/liveState.ts';
import { Absent } from '../Figure.tsx';
import { ScrollTable } from '../ScrollTable.tsx';
import { useConnection } from './connection.ts';
import type { Link } from './connection.ts';
import { own } from './feed.ts';
import { Proxy } from './Proxy.tsx';
import { Scoreboard } from './Scoreboard.tsx';
import { clockText, lengthText, rateText, shareText } from './words.ts';

const LOOKS: Readonly<Record<Link['kind'], readonly [look: string, word: string]>> = {
  connecting: ['plain', '… connecting'],
  live: ['good', '● live'],
  silent: ['warn', '! silent'],
  'cut off': ['bad', '✕ cut off'],
  ended: ['plain', '■ ended'],
};

/** What the page says of itself, besides the word for it. */
function sentenceOf(link: Link, state: LiveState | null): string {
  switch (link.kind) {
    case 'connecting':
      return 'Asking the program what it does.';
    case 'cut off':
      return state === null
        ? 'The program cannot be reached. The page goes on trying.'
        : 'Nobody answers any more. Below is the last that was heard; the page goes on trying.';
    case 'silent':
      return `Nothing has been heard for ${link.seconds} s. Below is the last that was.`;
    case 'ended':
      return `${state?.ended ?? 'It has ended'}. Below is the last that was heard.`;
    case 'live':
      return state === null ? 'Waiting for the first news.' : (state.doing ?? doingOf(state));
    default:
      return link satisfies never;
  }
}

function doingOf({ proxies, match }: LiveState): string {
  if (match !== null) return 'The match is on.';
  if (proxies.length === 0) return 'No proxy yet.';
  const flows = proxies.reduce((sum, { flowsOpen }) => sum + flowsOpen, 0);
  const rate = proxies.reduce((sum, { down, up }) => sum + down.rate + up.rate, 0);
  const through = proxies.length === 1 ? '' : ` through ${proxies.length} proxies`;
  return `${rateText(rate)} datagrams a second in ${flows} ${flows === 1 ? 'flow' : 'flows'}${through}.`;
}

export function Live({ given }: { readonly given: GivenToPage }) {
  const { feed, link } = useConnection('/events');
  const { state, startMs } = feed;
  const [wanted, want] = useState<string | null>(null);
  const proxies = state?.proxies ?? [];
  const match = state?.match ?? null;
  const proxy = proxies.find(({ name }) => name === wanted) ?? proxies[0];
  const [look, word] = LOOKS[link.kind];
  return (
    <>
      <header class={`verdict-head ${look}`}>
        <p class="kicker">
          matchstream {state?.program ?? ''}
          {state !== null &&
            `, ${lengthText(state.atUs / 1e6)} since its start, at ${clockText(startMs + state.atUs / 1e3)}`}
        </p>
        <h1>
          <span class="word" data-link={link.kind}>
            {word}
          </span>
          <span role="status">{link.kind === 'live' ? '' : sentenceOf(link, state)}</span>
          {link.kind === 'live' && sentenceOf(link, state)}
        </h1>
      </header>
      <main>
        {match !== null && <Scoreboard match={match} />}
        {proxies.length > 1 && <Choice state={state} chosen={proxy?.name ?? ''} choose={want} />}
        {proxy !== undefined && (
          <Proxy
            key={proxy.name}
            proxy={proxy}
            history={own(feed.histories, proxy.name)}
            journal={feed.journal}
            untold={feed.untold}
            startMs={startMs}
            given={given}
            isReadOnly={state?.isReadOnly !== false}
          />
        )}
        {state !== null && match === null && proxies.length === 0 && (
          <Absent>
            {state.program === 'control'
              ? 'No proxy yet: a client of the control API creates one.'
              : 'Nothing to show yet.'}
          </Absent>
        )}
      </main>
    </>
  );
}

interface ChoiceProps {
  readonly state: LiveState | null;
  readonly chosen: string;
  readonly choose: (name: string) => void;
}

const COLUMNS = [
  ...['proxy', 'listens on', 'upstream'].map((name) => ({ name, isText: true })),
  ...['flows', 'down/s', 'up/s', 'dropped'].map((name) => ({ name })),
];

/** All proxies, a line each. */
function Choice({ state, chosen, choose }: ChoiceProps) {
  return (
    <section>
      <h2>Proxies</h2>
      <ScrollTable label="Proxies" columns={COLUMNS}>
        <tbody>
          {state?.proxies.map(({ name, listen, upstream, enabled, flowsOpen, down, up }) => (
            <tr key={name} class={name === chosen ? 'chosen' : ''}>
              <td class="text">
                <button type="button" aria-pressed={name === chosen} onClick={() => choose(name)}>
                  {name}
                </button>
              </td>
              <td class="text">{enabled ? listen : 'disabled'}</td>
              <td class="text">{upstream}</td>
              <td class="figure">{flowsOpen}</td>
              <td class="figure">{rateText(down.rate)}</td>
              <td class="figure">{rateText(up.rate)}</td>
              <td class="figure">{shareText(down.dropped + up.dropped, down.arrived + up.arrived)}</td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </section>
  );
}
