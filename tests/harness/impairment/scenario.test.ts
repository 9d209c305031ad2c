import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readScenario, scenarioSchema } from '../../../harness/impairment/scenario.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('scenario files');

test('a scenario gives each direction its knobs', () => {
  const text = `{
    "$schema": "../docs/scenario.schema.json", "name": "lift", "description": "a lift ride",
    "down": { "drop": "5%", "outage": "2s..3s", "delay": "20ms", "keepOrder": true }, "up": {}
  }`;
  assert.equal(readScenario(text, 'lift.json'), {
    name: 'lift',
    description: 'a lift ride',
    protocol: null,
    protocolUp: null,
    down: { drop: '5%', outage: '2s..3s', delay: '20ms', keepOrder: true },
    up: {},
    phases: [],
  });
  assert.equal(readScenario('{}', 'empty.json'), {
    name: null,
    description: null,
    protocol: null,
    protocolUp: null,
    down: {},
    up: {},
    phases: [],
  });
});

test('phases: the first at 0s, and a direction that one leaves out stays as it was', () => {
  const { down, up, phases } = readScenario(
    `{"name": "train", "phases": [
       {"at": "0s", "down": {"drop": "1%"}, "up": {"delay": "5ms"}},
       {"at": "1500ms", "down": {"drop": "100%"}},
       {"at": "2s", "down": {}, "up": {}}
     ]}`,
    'train.json',
  );
  assert.equal([down, up], [{ drop: '1%' }, { delay: '5ms' }]);
  assert.equal(phases, [
    { atNs: 1.5e9, down: { drop: '100%' }, up: { delay: '5ms' } },
    { atNs: 2e9, down: {}, up: {} },
  ]);
  const one = readScenario('{"phases":[{"at":"0s","up":{"drop":"1%"}}]}', 'x.json');
  assert.equal([one.down, one.up, one.phases], [{}, { drop: '1%' }, []]);
});

test('what is wrong is named with its file and key, in one line', async () => {
  const cases: [string, string][] = [
    ['', 'file-format | x.json'],
    ['{\n"down": {,}\n}', 'file-format | x.json'],
    ['[]', 'file-format | x.json'],
    ['null', 'file-format | x.json'],
    ['{"donw":{}}', 'unknown-key | x.json: donw'],
    ['{"name":7}', 'file-format | x.json: name'],
    ['{"description":null}', 'file-format | x.json: description'],
    ['{"$schema":1}', 'file-format | x.json: $schema'],
    ['{"down":"5%"}', 'file-format | x.json: down'],
    ['{"up":null}', 'file-format | x.json: up'],
    ['{"down":{"dorp":"5%"}}', 'unknown-key | x.json: down.dorp'],
    ['{"down":{"__proto__":{}}}', 'unknown-key | x.json: down.__proto__'],
    ['{"down":{"drop":0.05}}', 'file-format | x.json: down.drop'],
    ['{"down":{"drop":["5%"]}}', 'file-format | x.json: down.drop'],
    ['{"down":{"delay":"1ms","keepOrder":"yes"}}', 'file-format | x.json: down.keepOrder'],
    ['{"up":{"drop":"105%"}}', 'value-range | x.json: up.drop'],
    ['{"up":{"queue":"5"}}', 'missing | x.json: up.queue'],
    ['{"up":{"reorderDistance":"5"}}', 'missing | x.json: up.reorderDistance'],
    ['{"name":"a","up":{},"name":"b"}', 'repeated | x.json: name'],
    ['{"down":{"drop":"1%"},"down":{}}', 'repeated | x.json: down'],
    ['{"up":{"drop":"1%","delay":"1s","dr\\u006fp":"2%"}}', 'repeated | x.json: up.drop'],
    ['{"up":{"dropBurst":"1%,0"}}', 'value-range | x.json: up.dropBurst'],
    ['{"phases":{}}', 'file-format | x.json: phases'],
    ['{"phases":[]}', 'file-format | x.json: phases'],
    ['{"phases":[7]}', 'file-format | x.json: phase 1'],
    ['{"phases":[{"at":"0s"}],"up":{}}', 'conflict | x.json: up'],
    ['{"phases":[{"down":{}}]}', 'missing | x.json: phase 1: at'],
    ['{"phases":[{"at":0}]}', 'file-format | x.json: phase 1: at'],
    ['{"phases":[{"at":"1s"}]}', 'value-range | x.json: phase 1: at'],
    ['{"phases":[{"at":"0s"},{"at":"soon"}]}', 'value-format | x.json: phase 2: at'],
    ['{"phases":[{"at":"0s"},{"at":"1s"},{"at":"1s"}]}', 'value-range | x.json: phase 3: at'],
    ['{"phases":[{"at":"0s","dwon":{}}]}', 'unknown-key | x.json: phase 1: dwon'],
    ['{"phases":[{"at":"0s"},{"at":"1s","down":{"dorp":"1%"}}]}', 'unknown-key | x.json: phase 2: down.dorp'],
    ['{"phases":[{"at":"0s"},{"at":"1s","at":"2s"}]}', 'repeated | x.json: phase 2: at'],
    ['{"phases":[ {"at":"0s","up":{"drop":"1%","drop":"2%"}} ]}', 'repeated | x.json: phase 1: up.drop'],
  ];
  for (const [text, refused] of cases) await assertRefusal(() => readScenario(text, 'x.json'), refused);
});

test('the schema in docs is the schema of the code', () => {
  const file = new URL('../../../docs/scenario.schema.json', import.meta.url);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')), scenarioSchema);
});

test.run();
