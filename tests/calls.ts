/** Calls of the library with one thing wrong: nothing of it is ever started. */
import * as m from '../harness/index.ts';

const DOWN = m.readKnobs({ drop: '5%' });
const IMPAIRMENT: m.Impairment = { ...m.UNIMPAIRED, seed: '7', down: DOWN };
const PEER = { address: '127.0.0.1', port: 9000 };
const clock = new m.MonotonicClock();

/** Sound arguments of each entry, of which a case changes one. */
const PROXY = {
  server: PEER,
  host: '127.0.0.1',
  ports: [0],
  protocol: m.readProtocol('any', '--protocol'),
  impairment: IMPAIRMENT,
  maxFlows: 1,
  idleNs: 1e9,
  fatesDir: null,
  transport: 'node',
  clock,
  log: m.NO_LOG,
} satisfies m.ProxyRun;
const source = new m.MatchSource({ seed: '1', intervalNs: 1e6 });
const SERVER: m.ServerRun = {
  source,
  host: '127.0.0.1',
  port: 0,
  clock,
  log: m.NO_LOG,
  logSends: false,
  pacing: 'hybrid',
  transport: 'node',
};
const CLIENT: m.ClientRun = {
  server: PEER,
  clock,
  log: m.NO_LOG,
  logReceipts: false,
  check: false,
  transport: 'node',
};
const REPLAY: m.ReplayPlan = { path: 'recordings/match-42.jsonl', impairment: IMPAIRMENT };
const RECORD: m.RecordPlan = {
  seed: '1',
  out: 'never.jsonl',
  interval: 1e6,
  language: 'en',
  check: false,
  clock: 'virtual',
};
const LIVE: m.LivePlan = {
  run: 'x',
  clock: 'virtual',
  mode: 'in-process',
  clients: 1,
  match: { seed: '1', interval: 1e6, language: 'en', check: false },
  pacing: 'hybrid',
  tmaxNs: 1e9,
  logsDir: null,
  debugLog: false,
};

export type Wrong = Readonly<Record<string, unknown>>;
/** The call with one thing wrong. */
export const calls = {
  startProxy: (wrong: Wrong) => m.startProxy({ ...PROXY, ...wrong } as m.ProxyRun),
  startServer: (wrong: Wrong) => m.startServer({ ...SERVER, ...wrong } as m.ServerRun),
  startClient: (wrong: Wrong) => m.startClient({ ...CLIENT, ...wrong } as m.ClientRun),
  replayRecording: (wrong: Wrong) => m.replayRecording({ ...REPLAY, ...wrong } as m.ReplayPlan),
  recordMatch: (wrong: Wrong) => m.recordMatch({ ...RECORD, ...wrong } as m.RecordPlan),
  runLive: (wrong: Wrong) => m.runLive({ ...LIVE, ...wrong } as m.LivePlan),
};

/** What the wrong arguments of other calls are made of. */
export const wrongly = {
  DOWN,
  IMPAIRMENT,
  CLIENT,
  LIVE,
  PEER,
  PROXY,
  source,
  key: { seed: '1', flow: 1, direction: 'down' },
  of: (firstCount = 1) => new m.StreamMetrics({ firstCount }),
} as const;
