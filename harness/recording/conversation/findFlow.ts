/**
 * Finds a flow of a recording by the addresses of its client and server.
 */
import type { Progress } from '../../../src/base/progress.ts';
import { openRecording } from '../reader.ts';
import { readFlowAddresses } from '../conversationFormat.ts';
import type { FlowAddresses } from '../conversationFormat.ts';
import { isChosen, refuseChoice } from './flowChoice.ts';

/**
 * The number of a flow. Reads as much of the file as it takes.
 * @throws UsageError if the recording does not have it, and for a damaged one
 */
export async function findFlow(
  path: string,
  choice: FlowAddresses,
  recover: boolean,
  progress?: Progress,
): Promise<number> {
  const recording = await openRecording(path, { recover, progress });
  const flows = new Map<number, FlowAddresses & { readonly number: number }>();
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const number = batch.flows[row] as number;
      if (flows.has(number)) continue;
      const addresses = readFlowAddresses(batch.extras[row] as string);
      if (isChosen([choice], number, addresses)) return number;
      flows.set(number, { number, ...addresses });
    }
  }
  return refuseChoice(path, choice, [...flows.values()]);
}
