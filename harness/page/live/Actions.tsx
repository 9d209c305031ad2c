/**
 * What can be done with a proxy besides turning its knobs: an outage, another port towards the server, its end and its
 * return; and its toxics, which other programs may have added.
 */
import { useState } from 'preact/hooks';
import type { ProxyState, ToxicState } from '../../control/liveState.ts';
import { beginOutage, rebind, removeToxic, setEnabled } from './calls.ts';
import type { Answer } from './calls.ts';

export function Actions({ proxy }: { readonly proxy: ProxyState }) {
  const [duration, setDuration] = useState('2s');
  const [said, say] = useState<{ readonly isError: boolean; readonly text: string }>({
    isError: false,
    text: '',
  });
  const act = async (answer: Answer, done: string): Promise<void> => {
    const error = await answer;
    say(error === null ? { isError: false, text: done } : { isError: true, text: error });
  };
  const { name, enabled } = proxy;
  return (
    <>
      <form
        class="tools"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void act(beginOutage(name, duration.trim()), `Outage for ${duration.trim()}.`);
        }}
      >
        <button type="submit" class="warning">
          Outage
        </button>
        <label>
          for{' '}
          <input
            type="text"
            value={duration}
            size={5}
            onInput={(event) => setDuration(event.currentTarget.value)}
          />
        </label>
        <button
          type="button"
          onClick={() => void act(rebind(name), 'The server sees every flow from a new port.')}
        >
          Rebind
        </button>
        <button
          type="button"
          onClick={() =>
            void act(setEnabled(name, !enabled), enabled ? 'Its port is closed.' : 'It listens again.')
          }
        >
          {enabled ? 'Disable' : 'Enable'}
        </button>
        <span class={said.isError ? 'said fault' : 'said'} role={said.isError ? 'alert' : 'status'}>
          {said.text}
        </span>
      </form>
      {proxy.toxics.length > 0 && (
        <ul class="toxics">
          {proxy.toxics.map((toxic) => (
            <li key={toxic.name}>
              <b>{toxic.name}</b> {toxicText(toxic)}{' '}
              <button
                type="button"
                onClick={() => void act(removeToxic(name, toxic.name), `${toxic.name} is gone.`)}
              >
                Remove <span class="hidden">the toxic {toxic.name}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function toxicText({ type, stream, toxicity, attributes }: ToxicState): string {
  const words = Object.entries(attributes).map(([key, value]) => `${key} ${String(value)}`);
  const part = toxicity === 1 ? '' : `, for ${toxicity} of the flows`;
  return `${type}, ${stream}${part}${words.length === 0 ? '' : `: ${words.join(', ')}`}`;
}
