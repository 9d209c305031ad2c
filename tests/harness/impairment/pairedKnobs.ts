/** Drawn knobs, made legal: the distance of `--reorder` stands only beside the share that it is of. */
import type { Knobs } from '../../../harness/impairment/knobs.ts';

export function pairedKnobs<Drawn extends Knobs>(drawn: Drawn): Drawn {
  if (drawn['reorder'] !== undefined) return drawn;
  const { reorderDistance: _, ...rest } = drawn;
  return rest as Drawn;
}
