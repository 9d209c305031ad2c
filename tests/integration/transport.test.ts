import { suite } from 'uvu';
import { loadNativeSockets } from '../../src/transport/linux/native.ts';
import { LinuxTransport } from '../../src/transport/linux/transport.ts';
import { NodeTransport } from '../../src/transport/node.ts';
import { SimulatedNetwork } from '../../src/transport/simulated.ts';
import { transportContract } from '../transport/contract.ts';
import { NO_OFFLOAD, busyKernel, moodyKernel, refusesSegmentsFrom } from '../transport/contractKernel.ts';
import { SimulatedTransport } from '../transport/simulatedTransport.ts';
import type { Moods } from '../transport/contractKernel.ts';

// Before any suite is run: they run as soon as this file waits.
const loaded = await loadNativeSockets();

const network = new SimulatedNetwork();
transportContract('simulated', () => new SimulatedTransport(network), true);
transportContract('node', (clock) => new NodeTransport(clock));
if (loaded.ok) {
  const real = loaded.value;
  transportContract('linux', (clock) => new LinuxTransport(real, clock));
  const moody = (name: string, moods: () => Moods): void =>
    transportContract(
      `linux ${name}`,
      (clock) => new LinuxTransport(moodyKernel(real, moods()).native, clock),
    );
  moody('without offload', () => NO_OFFLOAD);
  moody('on a path that takes no segments', () => refusesSegmentsFrom(0));
  moody('on a path that calls segments invalid', () => refusesSegmentsFrom(0, 'EINVAL'));
  moody('on a busy kernel', busyKernel);
} else {
  const test = suite('transport contract, linux');
  test.skip(loaded.reason);
  test.run();
}
