/**
 * The models of a report as a scenario file, which `--scenario` replays. It writes nothing.
 */
import { basename } from 'node:path';
import { KNOBS } from '../impairment/knobs.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { FitReport } from './fitReport.ts';

export interface FittedScenario {
  /** The file's content. */
  readonly text: string;
  /** What is not in it, a line each. */
  readonly notes: readonly string[];
}

export function fittedScenario({ file, fits, results }: FitReport): FittedScenario {
  const notes: string[] = [];
  const about: string[] = [];
  const knobsOf = (direction: Direction): Readonly<Record<string, string>> => {
    const fit = fits[results[direction] ?? -1];
    if (fit === undefined) {
      notes.push(
        `the scenario has nothing for the way ${direction}: ${basename(file)} has nothing to fit there`,
      );
      return {};
    }
    about.push(`${fit.lost} of ${fit.datagrams} datagrams lost on the way ${direction}`);
    if (fit.flags !== null) return Object.fromEntries([asKnob(fit.flags)]);
    if (fit.lost > 0)
      notes.push(`the scenario has nothing for the way ${direction}: no flag replays losses that never end`);
    return {};
  };
  const [down, up] = [knobsOf('down'), knobsOf('up')];
  const name = basename(file).replace(/\.[a-z.]+$/i, '');
  const description = `fitted to ${basename(file)}: ${about.join(', ')}`;
  return { text: `${JSON.stringify({ name, description, down, up }, null, 2)}\n`, notes };
}

/** `--drop 5%` as a key of a scenario file and its value. */
function asKnob(flags: string): [name: string, value: string] {
  const [flag = '', value = ''] = flags.split(' ');
  const knob = KNOBS.find(({ flags: known }) => known.startsWith(`${flag} `));
  if (knob === undefined) throw new Error(`no knob ${flag}`);
  return [knob.name, value];
}
