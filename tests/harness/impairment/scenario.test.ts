import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readScenario, scenarioSchema } from '../../../harness/impairment/scenario.ts';
import { UsageError } from '../../../src/base/errors.ts';

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
  });
  assert.equal(readScenario('{}', 'empty.json'), {
    name: null,
    description: null,
    protocol: null,
    protocolUp: null,
    down: {},
    up: {},
  });
});

test('what is wrong is named with its file and key, in one line', () => {
  const cases: [string, RegExp][] = [
    ['', /^x\.json: expected JSON, got something else: /],
    ['{\n"down": {,}\n}', /^x\.json: expected JSON/],
    ['[]', /^x\.json: expected an object, got a list$/],
    ['null', /^x\.json: expected an object, got null$/],
    [
      '{"donw":{}}',
      /^x\.json: donw: no such key; expected one of \$schema, name, description, protocol, protocolUp, down, up$/,
    ],
    ['{"name":7}', /^x\.json: name: expected text, got number 7$/],
    ['{"description":null}', /^x\.json: description: expected text, got null$/],
    ['{"$schema":1}', /^x\.json: \$schema: expected text/],
    ['{"down":"5%"}', /^x\.json: down: expected an object, got string 5%$/],
    ['{"up":null}', /^x\.json: up: expected an object, got null$/],
    ['{"down":{"dorp":"5%"}}', /^x\.json: down\.dorp: no such key; expected one of drop, /],
    ['{"down":{"__proto__":{}}}', /^x\.json: down\.__proto__: no such key/],
    [
      '{"down":{"drop":0.05}}',
      /^x\.json: down\.drop: expected text in quotes, got number 0\.05; write "0\.05"$/,
    ],
    ['{"down":{"drop":["5%"]}}', /^x\.json: down\.drop: expected text in quotes, got a list$/],
    [
      '{"down":{"delay":"1ms","keepOrder":"yes"}}',
      /^x\.json: down\.keepOrder: expected true or false, got string yes$/,
    ],
    ['{"up":{"drop":"105%"}}', /^x\.json: up\.drop: expected a ratio from 0% to 100%/],
    ['{"up":{"queue":"5"}}', /^x\.json: up\.queue: expected x\.json: up\.rate beside it, got none$/],
    [
      '{"up":{"reorderDistance":"5"}}',
      /^x\.json: up\.reorderDistance: expected x\.json: up\.reorder beside it, got none$/,
    ],
    ['{"name":"a","up":{},"name":"b"}', /^x\.json: name: expected once, got it twice; leave one out$/],
    ['{"down":{"drop":"1%"},"down":{}}', /^x\.json: down: expected once, got it twice; leave one out$/],
    [
      '{"up":{"drop":"1%","delay":"1s","dr\\u006fp":"2%"}}',
      /^x\.json: up\.drop: expected once, got it twice; leave one out$/,
    ],
    ['{"up":{"dropBurst":"1%,0"}}', /^x\.json: up\.dropBurst: expected R above 0/],
  ];
  for (const [text, message] of cases) {
    try {
      readScenario(text, 'x.json');
      assert.unreachable(`${text} was taken`);
    } catch (error) {
      assert.instance(error, UsageError, `${text}: ${String(error)}`);
      assert.match((error as Error).message, message);
      assert.not.match((error as Error).message, /\n/);
    }
  }
});

test('the schema in docs is the schema of the code', () => {
  const file = new URL('../../../docs/scenario.schema.json', import.meta.url);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')), scenarioSchema);
});

test.run();
