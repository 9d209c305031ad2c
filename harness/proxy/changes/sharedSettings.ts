/**
 * The same settings are one value, however often they are read: then a stage that is as before is found at once, and a thousand
 * changes to and fro take the memory of two.
 */
import { controlConfig } from '../../impairment/config.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import { knobsOf } from '../../impairment/knobs.ts';

/** Settings that are kept to be found again. */
const MAX_KEPT = 256;

export class SharedSettings {
  readonly #byText = new Map<string, ImpairmentConfig>();
  readonly #known = new WeakMap<ImpairmentConfig, ImpairmentConfig>();
  readonly #control = new WeakMap<ImpairmentConfig, ImpairmentConfig>();

  /** The value for these settings. */
  of(config: ImpairmentConfig): ImpairmentConfig {
    const known = this.#known.get(config);
    if (known !== undefined) return known;
    // With the lines of a trace, whose name may stand for others than before.
    const text = JSON.stringify(knobsOf(config));
    const one = this.#byText.get(text) ?? config;
    // The one that was asked for last is kept for the longest.
    this.#byText.delete(text);
    this.#byText.set(text, one);
    if (this.#byText.size > MAX_KEPT) this.#byText.delete(this.#byText.keys().next().value as string);
    this.#known.set(config, one);
    return one;
  }

  /** Those of control datagrams. */
  controlOf(config: ImpairmentConfig): ImpairmentConfig {
    const known = this.#control.get(config);
    if (known !== undefined) return known;
    const control = this.of(controlConfig(config));
    this.#control.set(config, control);
    return control;
  }
}
