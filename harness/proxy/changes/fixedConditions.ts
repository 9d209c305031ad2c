/**
 * Conditions that never change, for directions of flows without a proxy around them.
 */
import { controlConfig } from '../../impairment/config.ts';
import { FIRST_EPOCH } from '../../impairment/epochs.ts';
import type { FlowConditions } from '../../impairment/conditions.ts';
import type { Changes } from './changes.ts';

/** What a direction asks of the changes of its proxy. */
export type StreamChanges = Pick<Changes, 'of' | 'begin' | 'controlOf' | 'firstIndex'>;

export const fixedConditions = (conditions: FlowConditions): StreamChanges => ({
  of: () => conditions,
  begin: (_nowNs, _key, config) => [{ number: FIRST_EPOCH, firstIndex: 1, config }],
  controlOf: controlConfig,
  firstIndex: ({ flow, direction, stream = 1 }, index) => [flow, direction, stream, index],
});
