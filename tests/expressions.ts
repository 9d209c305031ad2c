/** The words that an expression of golden/messages.txt, `> readKnobs({ drop: '5' })`, may use. */
import { rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as library from '../harness/index.ts';
import { chooseProtocol } from '../harness/cli/protocolOptions.ts';
import { fitArrivals } from '../harness/fit/fit.ts';
import { checkConfig } from '../harness/impairment/config.ts';
import { wholeImpairment } from '../harness/impairment/impairment.ts';
import { findPreset } from '../harness/impairment/presets.ts';
import { readScenario } from '../harness/impairment/scenario.ts';
import { encodeHeader } from '../harness/recording/format.ts';
import { loadConversation } from '../harness/recording/conversation/loadConversation.ts';
import { readExpectation } from '../harness/judge/expectation.ts';
import { readField } from '../harness/protocols/field.ts';
import { readRtp } from '../harness/protocols/rtp.ts';
import { startProxy } from '../harness/proxy/startProxy.ts';
import type { RunningProxy } from '../harness/proxy/startProxy.ts';
import { readJournal } from '../harness/proxy/changes/readJournal.ts';
import type { Knobs } from '../harness/impairment/knobs.ts';
import { SimulatedNetwork } from '../src/net/simulated.ts';
import { execCommand } from '../harness/session/exec.ts';
import { formatUnasked } from '../harness/shrink/formatShrunk.ts';
import { EnvironmentError } from '../src/base/errors.ts';
import * as quantities from '../src/base/quantities.ts';
import { checkNewFile, checkNoFolder } from '../src/files/outputs.ts';
import { groupFailure, hostToBind } from '../src/net/multicast.ts';
import { changedMatch } from './harness/recording/changedMatch.ts';
import type { Change } from './harness/recording/changedMatch.ts';
import { TINY_BYTES, TINY_HEADER } from './harness/recording/tiny.ts';
import { calls, wrongly } from './calls.ts';

const traffic = { address: '127.0.0.1:9000', fromCommand: 0, uncompleted: 0, ignored: 0 };

/** The path of a file of that content. */
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(name, content);
  return name;
};

const SCOPE: Readonly<Record<string, unknown>> = {
  ...library,
  ...quantities,
  ...calls,
  ...wrongly,
  TINY_HEADER,
  checkConfig,
  checkNewFile,
  checkNoFolder,
  encodeHeader,
  chooseProtocol,
  loadConversation,
  findPreset,
  groupFailure,
  hostToBind,
  readExpectation,
  readJournal: (...lines: readonly string[]) => readJournal(lines.join('\n'), 'epochs.jsonl'),
  /** Does something to a proxy that runs. */
  withProxy: async (down: Knobs, work: (proxy: RunningProxy) => unknown) => {
    const impairment = library.readImpairment({ seed: '7', down });
    const server = { address: '127.0.0.1', port: 9 };
    const { NO_LOG: log } = library;
    const run = {
      server,
      impairment,
      host: '127.0.0.1',
      ports: [5000],
      maxFlows: 1,
      idleNs: 1e9,
      fatesDir: null,
      log,
    };
    const proxy = await startProxy({
      ...run,
      protocol: library.readProtocol('any', 'protocol'),
      network: new SimulatedNetwork(),
    });
    return work(proxy);
  },
  readField,
  readRtp,
  readScenario,
  wholeImpairment,
  TINY: Buffer.from(TINY_BYTES).toString(),
  gzipSync,
  fitText: (text: string | Uint8Array, ...of: number[]) => fitArrivals(file('given.csv', text), ...of),
  verify: (content: string | Uint8Array) => library.verifyRecording(file('given.jsonl', content)),
  load: (content: string, options: object) => library.loadRecording(file('given.jsonl', content), options),
  /** Loads the golden match with other frames as a stream. */
  loadChanged: async (change: Change, check?: boolean) => {
    rmSync('given.jsonl', { force: true });
    return library.loadRecording(await changedMatch('given.jsonl', change, check), { stream: true });
  },
  /** Appends to a recording that has a frame of 5 ns. */
  append: async (...frame: readonly unknown[]) => {
    const writer = new library.RecordingWriter('given.jsonl', TINY_HEADER);
    await writer.append(5, new Uint8Array(0));
    try {
      await writer.append(...(frame as [number, Uint8Array]));
    } finally {
      await writer.discard();
    }
  },
  exec: (command: string, signal = new AbortController().signal) =>
    execCommand({ command, timeoutMs: 60_000, shown: false, signal }),
  /** Refuses a command that asked for nothing, of which this is known. */
  refuseUnasked: (known: object) => {
    throw new EnvironmentError('never-asked', String(formatUnasked({ ...traffic, ...known } as never)));
  },
};

/** Evaluates an expression. */
export const evaluate = (expression: string): unknown =>
  // What stands in a file of ours is code of ours.
  new Function(...Object.keys(SCOPE), `return ${expression};`)(...Object.values(SCOPE));
