/** Every flow's figures are in the log once, whether it closed or was open at the end; the first few that close are told at once. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED } from '../../../../harness/impairment/impairment.ts';
import { anyProgram } from '../../../../harness/protocols/any.ts';
import { startProxy } from '../../../../harness/proxy/startProxy.ts';
import { SimulatedNetwork } from '../../../../src/net/simulated.ts';
import { KeptLog } from '../../../integration/loopback.ts';
import { Echo, Sender, series } from '../plain.ts';
import { SECOND, SERVER } from '../stage.ts';

const test = suite('the figures of every flow');

const CLIENTS = 14;
/** These go on until the end. */
const OPEN = [3, 11];

/** Times are not the matter here. */
const isCounted = (line: string): boolean => !line.includes('left late');

/** Each client *k* sends *k* datagrams, is answered, and falls silent, but for two. */
async function play(notice?: (line: string) => void) {
  const network = new SimulatedNetwork();
  const log = new KeptLog();
  network.join(new Echo(), false).open({ host: SERVER.address, port: SERVER.port });
  const proxy = await startProxy({
    network,
    server: SERVER,
    host: '10.0.0.2',
    ports: [9001],
    protocol: anyProgram,
    impairment: { ...UNIMPAIRED, seed: '1' },
    fatesDir: null,
    maxFlows: 100,
    idleNs: 5 * SECOND,
    log,
    ...(notice && { notice }),
  });
  for (let client = 1; client <= CLIENTS; client += 1) {
    const lasting = OPEN.includes(client) ? series('on', 30, SECOND, SECOND) : [];
    const plan = [...series('a', client, 1000, client * 1e6), ...lasting];
    const [listening = SERVER] = proxy.listening;
    network.join(new Sender(listening, plan), false).open({ host: `10.0.1.${client}`, port: 4000 });
  }
  network.at(30.5 * SECOND, () => proxy.stop());
  const report = await network.until(proxy.done);
  return { report, lines: log.lines.filter(isCounted) };
}

const figuresOf = (client: number): string[] => {
  const sent = client + (OPEN.includes(client) ? 30 : 0);
  const figures = `${sent} arrived, none dropped, 0 duplicated, ${sent} forwarded, 0 refused, 0 held at the end, 0 control, 0 without an index`;
  return [`flow ${client} down: ${figures}`, `flow ${client} up: ${figures}`];
};

test('are in the log once each', async () => {
  const { report, lines } = await play();
  assert.is(report.flows.length, CLIENTS);
  for (let client = 1; client <= CLIENTS; client += 1) {
    const own = lines.filter((line) => new RegExp(`^flow ${client} (?:of|down|up)\\b`).test(line));
    const closing = OPEN.includes(client) ? [] : [`flow ${client} of 10.0.1.${client}:4000 closed`];
    assert.equal(own, [...closing, ...figuresOf(client)]);
  }
});

test('are told at once of the first eight flows that close, and that further ones are not', async () => {
  const told: string[] = [];
  await play((line) => told.push(line));
  const closed = Array.from({ length: CLIENTS }, (_, k) => k + 1).filter((client) => !OPEN.includes(client));
  assert.equal(told.filter(isCounted), [
    ...closed
      .slice(0, 8)
      .flatMap((client) => [`flow ${client} of 10.0.1.${client}:4000 closed`, ...figuresOf(client)]),
    'the figures of further flows that close are in the log and in the total at the end',
  ]);
});

test.run();
