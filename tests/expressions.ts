/** The words that an expression of golden/messages.txt, `> readKnobs({ drop: '5' })`, may use. */
import * as library from '../harness/index.ts';
import { chooseProtocol } from '../harness/cli/protocolOptions.ts';
import { checkConfig } from '../harness/impairment/config.ts';
import { wholeImpairment } from '../harness/impairment/impairment.ts';
import { findPreset } from '../harness/impairment/presets.ts';
import { readScenario } from '../harness/impairment/scenario.ts';
import { readExpectation } from '../harness/judge/expectation.ts';
import { readField } from '../harness/protocols/field.ts';
import { readRtp } from '../harness/protocols/rtp.ts';
import { formatUnasked } from '../harness/shrink/formatShrunk.ts';
import { EnvironmentError } from '../src/base/errors.ts';
import * as quantities from '../src/base/quantities.ts';
import { groupFailure, hostToBind } from '../src/net/multicast.ts';
import { calls, wrongly } from './calls.ts';

const traffic = { address: '127.0.0.1:9000', fromCommand: 0, uncompleted: 0, ignored: 0 };

const SCOPE: Readonly<Record<string, unknown>> = {
  ...library,
  ...quantities,
  ...calls,
  ...wrongly,
  checkConfig,
  chooseProtocol,
  findPreset,
  groupFailure,
  hostToBind,
  readExpectation,
  readField,
  readRtp,
  readScenario,
  wholeImpairment,
  /** Refuses a command that asked for nothing, of which this is known. */
  refuseUnasked: (known: object) => {
    throw new EnvironmentError('never-asked', String(formatUnasked({ ...traffic, ...known } as never)));
  },
};

/** Evaluates an expression. */
export const evaluate = (expression: string): unknown =>
  // What stands in a file of ours is code of ours.
  new Function(...Object.keys(SCOPE), `return ${expression};`)(...Object.values(SCOPE));
