/**
 * The knobs of one proxy: fields to type in as on the command line, presets, and what the program says of them.
 */
import { useId, useState } from 'preact/hooks';
import type { GivenToPage, ProxyState } from '../../control/liveState.ts';
import type { Direction } from '../../impairment/schedule.ts';
import type { Knob } from '../../impairment/stages/stage.ts';
import { setConditions } from './calls.ts';
import {
  DIRECTIONS,
  NO_DRAFTS,
  fieldOf,
  flagName,
  isFlag,
  knobOfMessage,
  presetToSend,
  toSend,
  valueName,
  withField,
} from './drafts.ts';
import type { Drafts } from './drafts.ts';

/** What most people turn; the others are behind a click. */
const COMMON = ['drop', 'dropBurst', 'reorder', 'duplicate', 'corrupt', 'delay', 'jitter', 'rate', 'queue'];

const WAYS = { down: 'down, to the client', up: 'up, to the server' } as const;

interface KnobFormProps {
  readonly proxy: ProxyState;
  readonly given: GivenToPage;
}

interface Said {
  readonly isError: boolean;
  readonly text: string;
}

const QUIET: Said = { isError: false, text: '' };

export function KnobForm({ proxy, given }: KnobFormProps) {
  const { knobs } = given;
  const [drafts, setDrafts] = useState<Drafts>(NO_DRAFTS);
  const [said, say] = useState<Said>(QUIET);
  const [isBusy, setBusy] = useState(false);
  const id = useId();
  const wrong = said.isError ? knobOfMessage(said.text, knobs) : null;
  const send = async (conditions: ReturnType<typeof toSend>): Promise<void> => {
    if (conditions === null) return say({ isError: false, text: 'Nothing was changed.' });
    setBusy(true);
    const error = await setConditions(proxy.name, conditions);
    setBusy(false);
    if (error !== null) return say({ isError: true, text: error });
    // What was typed for the other direction stays.
    setDrafts((before) => ({
      down: conditions.down === undefined ? before.down : {},
      up: conditions.up === undefined ? before.up : {},
    }));
    const where = Object.keys(conditions).join(' and ');
    say({ isError: false, text: `In force now on the way ${where}.` });
  };
  const change = (direction: Direction, knob: Knob, value: string | boolean): void =>
    setDrafts((before) => withField(before, direction, knob, proxy.conditions[direction], value));
  const count = DIRECTIONS.reduce((sum, direction) => sum + Object.keys(drafts[direction]).length, 0);
  const isUsed = ({ name }: Knob): boolean =>
    DIRECTIONS.some(
      (direction) =>
        proxy.conditions[direction][name] !== undefined || Object.hasOwn(drafts[direction], name),
    );
  const first = knobs.filter((knob) => COMMON.includes(knob.name) || isUsed(knob));
  const rest = knobs.filter((knob) => !first.includes(knob));
  const rows = (some: readonly Knob[]) =>
    some.map((knob) => (
      <KnobRow
        key={knob.name}
        id={`${id}-${knob.name}`}
        knob={knob}
        proxy={proxy}
        drafts={drafts}
        errorId={wrong === knob ? `${id}-said` : null}
        change={change}
      />
    ));
  return (
    <form
      class="knobs"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send(toSend(drafts, knobs, proxy.conditions));
      }}
    >
      <Presets
        given={given}
        isBusy={isBusy}
        apply={(preset, ways) =>
          void send(
            Object.fromEntries(
              ways.map((way) => [way, presetToSend(proxy.conditions[way], preset)] as const),
            ),
          )
        }
      />
      <div class="knob-heads" aria-hidden="true">
        <span />
        {DIRECTIONS.map((direction) => (
          <span key={direction}>{WAYS[direction]}</span>
        ))}
      </div>
      {rows(first)}
      {rest.length > 0 && (
        <details>
          <summary>{rest.length} more knobs</summary>
          {rows(rest)}
        </details>
      )}
      <div class={count === 0 ? 'tools apply' : 'tools apply pending'}>
        <button type="submit" class="main" disabled={isBusy}>
          {count === 0 ? 'Apply' : `Apply ${count} ${count === 1 ? 'change' : 'changes'}`}
        </button>
        <button
          type="button"
          disabled={count === 0 || isBusy}
          onClick={() => {
            setDrafts(NO_DRAFTS);
            say(QUIET);
          }}
        >
          Undo
        </button>
        <p
          id={`${id}-said`}
          class={said.isError ? 'said fault' : 'said'}
          role={said.isError ? 'alert' : 'status'}
        >
          {said.text}
        </p>
      </div>
    </form>
  );
}

interface KnobRowProps {
  readonly id: string;
  readonly knob: Knob;
  readonly proxy: ProxyState;
  readonly drafts: Drafts;
  /** Where it says what is wrong with it; null if nothing is. */
  readonly errorId: string | null;
  readonly change: (direction: Direction, knob: Knob, value: string | boolean) => void;
}

function KnobRow({ id, knob, proxy, drafts, errorId, change }: KnobRowProps) {
  return (
    <div class="knob" role="group" aria-labelledby={`${id}-name`}>
      <div>
        <code id={`${id}-name`}>{flagName(knob)}</code>
        <p class="about" id={`${id}-about`}>
          {knob.description}
        </p>
      </div>
      {DIRECTIONS.map((direction) => {
        const value = fieldOf(knob, proxy.conditions[direction], drafts[direction]);
        const isDraft = Object.hasOwn(drafts[direction], knob.name);
        const common = {
          'aria-label': `${flagName(knob)} ${WAYS[direction]}`,
          'aria-describedby': errorId ?? `${id}-about`,
          'data-knob': `${direction}/${knob.name}`,
        };
        return (
          <label key={direction} class={isDraft ? 'draft' : ''}>
            <span class="way" aria-hidden="true">
              {direction}
            </span>
            {isFlag(knob) ? (
              <input
                type="checkbox"
                checked={value === true}
                onChange={(event) => change(direction, knob, event.currentTarget.checked)}
                {...common}
              />
            ) : (
              <input
                type="text"
                value={String(value)}
                placeholder={valueName(knob)}
                autoComplete="off"
                autoCapitalize="off"
                spellcheck={false}
                aria-invalid={errorId !== null && isDraft}
                onInput={(event) => change(direction, knob, event.currentTarget.value)}
                {...common}
              />
            )}
          </label>
        );
      })}
    </div>
  );
}

const BOTH: Readonly<Record<string, readonly Direction[]>> = {
  'both ways': DIRECTIONS,
  down: ['down'],
  up: ['up'],
};

interface PresetsProps {
  readonly given: GivenToPage;
  readonly isBusy: boolean;
  readonly apply: (knobs: GivenToPage['presets'][number]['knobs'], ways: readonly Direction[]) => void;
}

function Presets({ given, isBusy, apply }: PresetsProps) {
  const { presets } = given;
  const [name, setName] = useState(presets[0]?.name ?? '');
  const [ways, setWays] = useState('both ways');
  const chosen = presets.find((preset) => preset.name === name);
  const directions = BOTH[ways] ?? DIRECTIONS;
  return (
    <div class="presets">
      <div class="tools">
        <label>
          Preset{' '}
          <select value={name} onChange={(event) => setName(event.currentTarget.value)}>
            {presets.map((preset) => (
              <option key={preset.name} value={preset.name}>
                {preset.name}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="hidden">Direction of the preset</span>
          <select value={ways} onChange={(event) => setWays(event.currentTarget.value)}>
            {Object.keys(BOTH).map((way) => (
              <option key={way} value={way}>
                {way}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          disabled={isBusy || chosen === undefined}
          onClick={() => chosen !== undefined && apply(chosen.knobs, directions)}
        >
          Apply preset
        </button>
        <button type="button" disabled={isBusy} onClick={() => apply({}, directions)}>
          No impairment
        </button>
      </div>
      <p class="about">{chosen?.sentence}</p>
    </div>
  );
}
