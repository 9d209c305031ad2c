import { suite } from 'uvu';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { LinuxTransport } from '../../src/net/linux/linuxTransport.ts';
import { NodeTransport } from '../../src/net/nodeTransport.ts';
import { SimulatedNetwork } from '../../src/net/simulated.ts';
import { transportContract } from '../net/contract.ts';
import { NO_OFFLOAD, busyKernel, moodyKernel, refusesSegmentsFrom } from '../net/contractKernel.ts';
import { SimulatedTransport } from '../net/simulatedTransport.ts';
import type { Moods } from '../net/contractKernel.ts';

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
