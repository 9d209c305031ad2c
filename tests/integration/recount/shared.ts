/** The recount where all flows of a direction have one link (`--shared`): who found room depends on what all of them sent. */
import { inOrderOfArrival, isDropped, readFlow } from './recount.ts';
import type { Capture, Settings } from './recount.ts';
import { Moments, throughLink } from './times.ts';

/**
 * @param flows of one direction; they come to one port, so that they are read in the order in which they are seen
 * @param settingsOf those of a flow, by its number
 * @returns a line for each disagreement
 */
export function recountShared(
  flows: readonly Capture[],
  settingsOf: (flow: number) => Settings,
): readonly string[] {
  const faults: string[] = [];
  const { knobs, slackNs } = settingsOf(1);
  if (
    knobs.outages.length > 0 ||
    knobs.reorder > 0 ||
    knobs.reorderList.size > 0 ||
    knobs.jitterNs > 0 ||
    knobs.rateBps === null
  )
    throw new Error('not recounted: a shared link beside an outage or what changes the order; or none');
  const { rateBps } = knobs;
  const all = inOrderOfArrival(
    flows.flatMap((flow, k) => readFlow(flow, settingsOf(k + 1), faults, `flow ${k + 1}, `)),
  );
  const moments = new Moments(
    all.map(({ timeNs }) => timeNs),
    slackNs,
  );
  const offered = all.flatMap((one, place) => {
    const copies = isDropped(one, knobs) ? 0 : 1 + one.copies;
    if (one.times.length > copies)
      faults.push(`${one.name} left ${one.times.length} times, and may ${copies}`);
    return Array.from({ length: copies }, (_, copy) => ({
      name: one.name,
      trigger: place,
      delayNs: one.delayNs,
      serviceNs: (one.payload.length * 8 * 1e9) / rateBps,
      leftNs: one.times[copy]?.timeNs ?? null,
      isFlushed: false,
    }));
  });
  throughLink(offered, knobs.queue, moments, slackNs, faults);
  return [...faults, ...moments.faults];
}
