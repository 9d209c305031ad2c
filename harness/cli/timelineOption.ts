/**
 * `proxy --timeline`: a run from the journal of another one, with its seed, its settings and its changes.
 */
import type { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { counted } from '../../src/base/figures.ts';
import { readSmallFile } from '../../src/files/inputs.ts';
import { flagOf } from '../impairment/config.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { KNOBS } from '../impairment/knobs.ts';
import { readJournal } from '../proxy/changes/readJournal.ts';
import type { Timeline } from '../proxy/changes/timeline.ts';
import { givenOptions, refuse } from './declare.ts';
import { chooseImpairment } from './impairmentOptions.ts';
import type { ImpairmentOptions } from './impairmentOptions.ts';
import type { ScenarioProtocols } from './protocolOptions.ts';

/** Hundreds of thousands of changes. */
const MAX_JOURNAL_BYTES = 256 * 2 ** 20;

/** Options that say what the journal says. */
const SETTINGS = [
  '--seed',
  '--preset',
  '--scenario',
  '--direction',
  '--impair-control',
  ...KNOBS.map(({ name }) => flagOf(name)),
];

/** @throws UsageError for settings beside a timeline */
export function checkTimeline(command: Command): void {
  if (givenOptions(command, ['--timeline']).length === 0) return;
  const [given] = givenOptions(command, SETTINGS);
  if (given !== undefined)
    refuse('--timeline', 'no settings beside it', given, "the journal has the run's own; leave it out");
}

export interface ChosenRun extends ReturnType<typeof chooseImpairment> {
  /** Null without one. */
  readonly timeline: Timeline | null;
}

/** The impairment from the options, or from a journal. @param drawSeed gives a seed where none is given */
export function chooseRun(
  options: ImpairmentOptions & { readonly seed?: string | undefined; readonly timeline?: string | undefined },
  drawSeed: () => string,
): ChosenRun {
  const { timeline: path } = options;
  if (path === undefined) return { ...chooseImpairment(options, options.seed ?? drawSeed()), timeline: null };
  const timeline = readTimeline(path);
  const { seed, impairControl, beginning, phases } = timeline;
  const { impairment } = chooseImpairment(options, seed);
  const { down, up } = beginning;
  const whole: Impairment = { ...impairment, down, up, phases, impairControl };
  const [protocol = '', protocolUp = null] = timeline.protocol.split(', up ');
  const protocols: ScenarioProtocols = { file: path, protocol, protocolUp };
  return { impairment: whole, scenario: path, protocols, timeline };
}

function readTimeline(path: string): Timeline {
  const content = readSmallFile(path, MAX_JOURNAL_BYTES);
  if (content.ok) return readJournal(content.value, path);
  throw new UsageError(
    'file-unreadable',
    `--timeline ${path}`,
    `expected a readable file, got ${content.reason}`,
  );
}

/** Lines that say what is played. */
export function describeTimeline({ changes, actions }: Timeline, path = ''): string[] {
  return [
    `timeline ${path}: ${counted(changes, 'change')}`,
    ...(actions === 0
      ? []
      : [
          `note: ${counted(actions, 'other action')} of the journal (a new port, a closed flow, a shut port, another upstream) ` +
            'are not made again: they change no fate',
        ]),
  ];
}
