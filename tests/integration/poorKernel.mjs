/**
 * Loaded before the program (`--import`): makes koffi's kernel a poorer one, as POOR_KERNEL says, in this process and
 * its children. `no-offload` knows neither UDP_SEGMENT nor UDP_GRO; `invalid-segments` takes small segments only;
 * with `aborts`, koffi ends whichever process loads it.
 */
import koffi from 'koffi';

const SOL_UDP = 17;
const [EINVAL, ENOPROTOOPT] = [22, 92];
/** Of struct msghdr. */
const [IOV_AT, CONTROLLEN_AT] = [16, 40];
const MAX_SEGMENTED_BYTES = 1000;

const { load, errno } = koffi;
let injected = 0;

const longAt = (address) => Number(koffi.decode(BigInt(address), 'uint64_t'));

const refusals =
  {
    'no-offload': { setsockopt: (_fd, level) => (level === SOL_UDP ? ENOPROTOOPT : 0) },
    'invalid-segments': {
      sendmmsg: (_fd, at) => {
        const isSegmented = longAt(at + CONTROLLEN_AT) > 0;
        return isSegmented && longAt(longAt(at + IOV_AT) + 8) > MAX_SEGMENTED_BYTES ? EINVAL : 0;
      },
    },
  }[process.env.POOR_KERNEL] ?? {};

koffi.errno = () => (injected === 0 ? errno() : injected);
if (process.env.POOR_KERNEL === 'aborts') koffi.load = () => process.abort();
else
  koffi.load = (path) => ({
    func: (name, result, parameters) => {
      const real = load(path).func(name, result, parameters);
      const refusal = refusals[name];
      return (...values) => {
        injected = refusal === undefined ? 0 : refusal(...values);
        return injected === 0 ? real(...values) : -1;
      };
    },
  });
