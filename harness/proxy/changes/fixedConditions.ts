/**
 * Conditions that never change, for directions of flows without a proxy around them.
 */
import { controlConfig } from '../../impairment/config.ts';
import { FIRST_EPOCH } from '../../impairment/epochs.ts';
import { PhaseSteps } from '../../impairment/phases.ts';
import type { Phased } from '../../impairment/phases.ts';
import type { Direction } from '../../impairment/schedule.ts';
import { StreamPhases } from './streamPhases.ts';
import type { Changes } from './changes.ts';

/** What a direction asks of the changes of its proxy. */
export type StreamChanges = Pick<
  Changes,
  'of' | 'begin' | 'phasesOf' | 'isInPhases' | 'isLeavingPhases' | 'controlOf' | 'firstIndex'
>;

export const fixedConditions = (conditions: Phased): StreamChanges => ({
  of: () => conditions,
  begin: (_nowNs, _key, config) => [{ number: FIRST_EPOCH, firstIndex: 1, config }],
  phasesOf: ({ direction }) => {
    const [way, isControl] = direction.split('-') as [Direction, string?];
    const steps = conditions.phases.length === 0 ? null : new PhaseSteps(conditions, way);
    return (
      steps &&
      new StreamPhases(steps, (epoch) =>
        isControl ? { ...epoch, config: controlConfig(epoch.config) } : epoch,
      )
    );
  },
  controlOf: controlConfig,
  isInPhases: conditions.phases.length > 0,
  isLeavingPhases: false,
  firstIndex: ({ flow, direction, stream = 1 }, index) => [flow, direction, stream, index],
});
