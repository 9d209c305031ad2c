/**
 * The figures of all proxies for Prometheus: its text format, version 0.0.4.
 *
 * Names and labels are public: dashboards depend on them.
 */
import { droppedTotal } from '../../proxy/path/counters.ts';
import type { DirectionCounters } from '../../proxy/path/counters.ts';
import type { Direction } from '../../impairment/schedule.ts';
import type { ControlledProxy } from '../proxies/controlledProxy.ts';
import type { HandleLook } from '../proxies/proxyHandle.ts';
import { byCause, sumOf } from './directionState.ts';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** What one proxy has to tell. */
interface Told {
  readonly proxy: ControlledProxy;
  readonly look: HandleLook | null;
}

const DIRECTIONS: readonly Direction[] = ['down', 'up'];

/** Counters of a direction: the end of a name, what it is, how it is read. */
const COUNTERS: readonly (readonly [name: string, help: string, read: (of: DirectionCounters) => number])[] =
  [
    ['arrived_datagrams_total', 'Datagrams with an index that came in.', ({ arrived }) => arrived],
    [
      'arrived_bytes_total',
      'Payload bytes of datagrams with an index that came in.',
      ({ arrivedBytes }) => arrivedBytes,
    ],
    [
      'forwarded_datagrams_total',
      'Datagrams with an index that were sent on, copies included.',
      ({ forwarded }) => forwarded,
    ],
    ['duplicated_datagrams_total', 'Copies that the proxy made.', ({ duplicated }) => duplicated],
    ['dropped_datagrams_total', 'Datagrams that the proxy dropped, copies included.', droppedTotal],
    ['refused_datagrams_total', 'Datagrams that the system did not send.', ({ refused }) => refused],
    [
      'unindexed_datagrams_total',
      'Datagrams without an index, which passed unimpaired.',
      ({ unindexed }) => unindexed,
    ],
    [
      'control_datagrams_total',
      'Datagrams of control, which are in no other figure.',
      ({ control }) => control,
    ],
  ];

const escaped = (text: string): string =>
  text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);

const labelText = (labels: Labels): string => {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
};

/** Of each proxy that runs, one sample a direction. */
const directionSamples = (
  told: readonly Told[],
  read: (of: DirectionCounters) => readonly (readonly [more: Labels, value: number])[],
): Sample[] =>
  told.flatMap(({ proxy, look }) =>
    look === null
      ? []
      : DIRECTIONS.flatMap((direction) =>
          read(sumOf(look, direction)).map(([more, value]): Sample => [
            { proxy: proxy.name, direction, ...more },
            value,
          ]),
        ),
  );

const proxySamples = (told: readonly Told[], read: (of: Told) => number | null): Sample[] =>
  told.flatMap((one): Sample[] => {
    const value = read(one);
    return value === null ? [] : [[{ proxy: one.proxy.name }, value]];
  });

const openFlows = ({ flows }: HandleLook): number => flows.filter(({ isOpen }) => isOpen).length;

export function metricsText(proxies: readonly ControlledProxy[], version: string): string {
  const told = proxies.map((proxy): Told => ({ proxy, look: proxy.handle?.look() ?? null }));
  const gauge = (name: string, help: string, read: (of: Told) => number | null): Family => ({
    name,
    help,
    type: 'gauge',
    samples: proxySamples(told, read),
  });
  const families: Family[] = [
    { name: 'matchstream_info', type: 'gauge', help: 'The version that runs.', samples: [[{ version }, 1]] },
    gauge('matchstream_proxy_enabled', 'Whether the proxy listens.', ({ proxy }) => Number(proxy.isEnabled)),
    gauge(
      'matchstream_proxy_epoch',
      'The number of the last change; 1 is the beginning.',
      ({ proxy }) => proxy.handle?.epoch ?? null,
    ),
    gauge('matchstream_proxy_toxics', 'Toxics of the proxy.', ({ proxy }) => proxy.toxics.length),
    gauge('matchstream_proxy_open_flows', 'Flows that are open.', ({ look }) => look && openFlows(look)),
    {
      name: 'matchstream_proxy_flows_total',
      type: 'counter',
      help: 'Flows so far.',
      samples: proxySamples(told, ({ look }) => look && look.flows.length + look.earlier.flows),
    },
    {
      name: 'matchstream_proxy_kernel_drops_total',
      type: 'counter',
      help: 'Datagrams that the kernel dropped at the sockets of the proxy.',
      samples: proxySamples(told, ({ look }) => look && look.kernelDrops),
    },
    ...COUNTERS.map(([name, help, read]): Family => ({
      name: `matchstream_proxy_${name}`,
      type: 'counter',
      help,
      samples: directionSamples(told, (of) => [[{}, read(of)]]),
    })),
    {
      name: 'matchstream_proxy_dropped_by_cause_total',
      type: 'counter',
      help: 'The dropped datagrams, by cause.',
      samples: directionSamples(told, (of) =>
        Object.entries(byCause(of)).map(([cause, count]) => [{ cause }, count]),
      ),
    },
    {
      name: 'matchstream_proxy_held_datagrams',
      type: 'gauge',
      help: 'Datagrams and copies that are held back, delayed or queued.',
      samples: directionSamples(told, ({ heldAtEnd }) => [[{}, heldAtEnd]]),
    },
  ];
  return families.map(familyText).join('');
}

function familyText({ name, type, help, samples }: Family): string {
  if (samples.length === 0) return '';
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
