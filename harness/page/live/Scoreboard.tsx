/**
 * The match: clock and score, the last events, and the clients side by side, each with what it has of the match and with what
 * the network did to its stream.
 */
import type { ClientState, MatchState } from '../../control/liveState.ts';
import { countText, shareText, timeText } from './words.ts';

export function Scoreboard({ match }: { readonly match: MatchState }) {
  const { home, away, clock, score, events, clients, moreClients } = match;
  return (
    <section class="match" aria-label="Match">
      <div class="board">
        <p class="clock" data-match="clock">
          {clock === '' ? 'before the match' : clock}
        </p>
        <p class="score" data-match="score" aria-live="polite">
          <span class="team">{home}</span>{' '}
          <span class="goals">
            {score[0]} – {score[1]}
          </span>{' '}
          <span class="team">{away}</span>
        </p>
      </div>
      <div class="events" role="log" aria-label="Last events, the latest first">
        <ol>
          {events.map((text, k) => (
            <li key={`${k} ${text}`}>{text}</li>
          ))}
        </ol>
      </div>
      {clients.length > 0 && (
        <>
          <h2>
            Clients <small>what each has of the match, and what the network did to its stream</small>
          </h2>
          <div class="clients">
            {clients.map((client) => (
              <Client key={client.name} client={client} match={match} />
            ))}
          </div>
        </>
      )}
      {moreClients > 0 && <p class="about">{countText(moreClients)} more are not shown.</p>}
    </section>
  );
}

const isSame = (one: readonly [number, number], other: readonly [number, number]): boolean =>
  one[0] === other[0] && one[1] === other[1];

/** A figure of a client, with what it says; bad ones are coloured. */
type Fact = readonly [name: string, text: string, isBad: boolean];

function factsOf({ sent, received, lost, twice, reordered, lateUs, jitterUs }: ClientState): Fact[] {
  const facts: (Fact | null)[] = [
    sent === null ? null : ['sent', countText(sent), false],
    received === null ? null : ['received', countText(received), false],
    lost === null || received === null
      ? null
      : ['lost', lost === 0 ? '0' : `${countText(lost)} (${shareText(lost, received + lost)})`, lost > 0],
    twice === null ? null : ['twice', countText(twice), twice > 0],
    reordered === null ? null : ['reordered', countText(reordered), reordered > 0],
    received === null ? null : ['late, at most', timeText(lateUs), false],
    received === null ? null : ['jitter', timeText(jitterUs), false],
  ];
  return facts.filter((fact) => fact !== null);
}

function Client({ client, match }: { readonly client: ClientState; readonly match: MatchState }) {
  const { name, status, score, clock } = client;
  const isAbsent = client.received === null && client.sent === null;
  const isBehind = score !== null && !isSame(score, match.score);
  return (
    <article
      class={isBehind ? 'client behind' : isAbsent ? 'client absent-yet' : 'client'}
      data-client={name}
    >
      <h3>{name}</h3>
      <p class="status">{status}</p>
      {score !== null && (
        <p class="own">
          <span data-client-score>
            {score[0]} – {score[1]}
          </span>{' '}
          <span class="own-clock">{clock}</span>
          {isBehind && <span class="hidden">, which is not the match’s score yet</span>}
        </p>
      )}
      <dl>
        {factsOf(client).map(([fact, text, isBad]) => (
          <div key={fact}>
            <dt>{fact}</dt>
            <dd class={isBad ? 'fault' : ''} data-fact={fact}>
              {text}
            </dd>
          </div>
        ))}
      </dl>
    </article>
  );
}
