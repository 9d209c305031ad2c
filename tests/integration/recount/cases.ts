/** What is recounted: every knob by itself, and some together. A name is a claim's subject. */

export interface Case {
  readonly name: string;
  /** Flags of the proxy; of a preset those that `scenario show` prints. */
  readonly flags: string;
  /** A preset that the proxy is given in place of the flags. */
  readonly preset?: string;
  /** More options of iperf3's client; {port} is a free port. */
  readonly iperf3?: readonly string[];
  /** How often iperf3 runs, one after the other; once by default. */
  readonly tests?: number;
  /** Which numbers are lost before they reach the proxy. */
  readonly loses?: (index: number) => boolean;
}

const ALONE: readonly (readonly [name: string, flags: string])[] = [
  ['independent loss', '--drop 10%'],
  ['exact blocks', '--drop-exact 15%/20'],
  ['two states', '--drop-burst 5%,30%'],
  ['two states that begin in bad', '--drop-burst 2%,3%'],
  ['two states with loss in both', '--drop-burst 5%,30%,80%,2%'],
  ['four states', '--drop-state 3%,30%,20%,40%,2%'],
  ['a longest run of independent losses', '--drop 50% --drop-max-run 2'],
  ['a longest run of a chain', '--drop-burst 5%,20% --drop-max-run 3'],
  ['listed losses', '--drop-list 3,7,9-12,500'],
  ['outages', '--outage 200ms..300ms,600ms..650ms'],
  ['a limit of bytes', '--drop-after 15000B'],
  ['payloads that are too long', '--mtu 55'],
  ['payloads that just fit', '--mtu 56'],
  ['flipped bits', '--corrupt 10%'],
  ['copies', '--duplicate 5%'],
  ['listed copies', '--duplicate-list 5,9-12,300'],
  ['displacement', '--reorder 5%'],
  ['displacement by far', '--reorder 10% --reorder-distance 2..8'],
  ['jumps', '--jump 3% --jump-distance 2..6'],
  ['jumps of one length', '--jump 5% --jump-distance 4'],
  ['listed displacement', '--reorder-list 17:3,25:1,30:20,31:2'],
  ['a delay', '--delay 5s'],
  ['uniform jitter', '--delay 10ms --jitter 5ms'],
  ['normal jitter', '--delay 10ms --jitter 3ms --distribution normal'],
  ['pareto jitter', '--delay 10ms --jitter 3ms --distribution pareto'],
  ['paretonormal jitter', '--delay 10ms --jitter 3ms --distribution paretonormal'],
  ['jitter that would be negative', '--delay 1ms --jitter 3ms --distribution normal'],
  ['jitter that keeps the order', '--delay 10ms --jitter 5ms --distribution pareto --keep-order'],
  ['a link with a queue', '--rate 224kbit --queue 10'],
  ['a link with a queue of bytes', '--rate 224kbit --queue 600B'],
  ['a link without one', '--rate 250kbit --queue 0'],
  ['a link with the queue it has by default', '--rate 150kbit'],
  ['a link that is wide enough', '--rate 10mbit'],
];

const TOGETHER: readonly (readonly [name: string, flags: string])[] = [
  [
    'jumps beside all that holds and loses',
    '--jump 3% --drop 5% --duplicate 5% --reorder 5% --spare 20 --drop-after 40000B',
  ],
  ['loss, damage, copies and displacement', '--drop 5% --corrupt 5% --duplicate 5% --reorder 5%'],
  [
    'lists beside their probabilities',
    '--drop-list 40-44,90 --drop 3% --duplicate-list 50-54,60 --duplicate 3% --reorder-list 55:6,61:2,90:1 --reorder 6%',
  ],
  ['what loses beside what loses', '--outage 200ms..250ms --drop-list 100-109 --drop 40% --drop-max-run 3'],
  [
    'everything but a link',
    '--outage 300ms..310ms --mtu 56 --drop-burst 3%,40% --corrupt 3% --duplicate 4% --reorder 5% --reorder-distance 1..6 --delay 8ms --jitter 4ms --distribution paretonormal',
  ],
  [
    'everything with a link',
    '--drop 3% --corrupt 3% --duplicate 10% --reorder 5% --delay 8ms --jitter 4ms --distribution normal --keep-order --rate 280kbit --queue 20',
  ],
  [
    'everything with spared ones',
    '--spare 60 --drop-exact 20%/50 --drop-list 9,70 --corrupt 10% --duplicate 10% --reorder 10% --delay 5ms --rate 420kbit',
  ],
];

/** What enters is not one test of iperf3 in order. */
const ENTERING: readonly Case[] = [
  {
    name: 'holes before the proxy',
    flags: '--drop 5% --duplicate 5% --reorder 10% --reorder-distance 1..5 --corrupt 5%',
    loses: (index) => index % 50 < 3 || index === 77,
  },
  {
    name: 'holes before a link',
    flags: '--drop-burst 3%,30% --delay 4ms --reorder 5% --rate 280kbit',
    loses: (index) => index % 9 === 4,
  },
  {
    name: 'repeats',
    flags:
      '--drop 20% --drop-list 5-20 --duplicate 10% --duplicate-list 40 --corrupt 10% --reorder 10% --delay 3ms --jitter 2ms',
    iperf3: ['--cport', '{port}'],
    tests: 2,
  },
  {
    name: 'repeats in a chain',
    flags: '--drop-burst 5%,20%,90%,1% --drop-max-run 2 --reorder 5%',
    iperf3: ['--cport', '{port}'],
    tests: 2,
  },
  { name: 'four flows', flags: '--drop 10% --duplicate 5% --reorder 5%', iperf3: ['-P', '4', '-b', '112K'] },
];

/** Presets, and two that a flag beside them changes. */
const PRESETS: readonly (readonly [preset: string, more: string])[] = [
  ['wifi', '--drop-burst 5%,40%'],
  ['lossy-wifi', ''],
  ['4g', ''],
  ['satellite', ''],
  ['congested', ''],
  ['transatlantic', '--reorder 5%'],
  ['voip-bad', ''],
  ['conference-wifi', ''],
];

/** One link for all flows; only up, where one port takes them all. */
export const SHARED: Case = {
  name: 'four flows on one link',
  flags: '--drop 5% --duplicate 10% --corrupt 5% --delay 3ms --rate 224kbit --queue 12',
  iperf3: ['-P', '4', '-b', '112K'],
};

export const CASES: readonly Case[] = [
  ...[...ALONE, ...TOGETHER].map(([name, flags]) => ({ name, flags })),
  ...PRESETS.map(([preset, flags]) => ({ name: `the preset ${preset}`, preset, flags })),
  ...ENTERING,
];
