import { Ajv2020 } from 'ajv/dist/2020.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawRunJson } from '../../../../harness/report/twins/runJson.ts';
import { TABLE_NAMES } from '../../../../harness/report/tables.ts';
import { readText } from '../../../house/source.ts';
import { environment } from '../model/folder.ts';
import { FULL, hostileModel, modelOf } from './models.ts';

const test = suite('run.json');

const schema = JSON.parse(readText('docs/run.schema.json')) as {
  properties: { tables: { properties: object } };
};
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

test('is the model, and valid by the published schema', () => {
  for (const model of [FULL, hostileModel(), modelOf(environment()), modelOf()]) {
    const read: unknown = JSON.parse(drawRunJson(model));
    assert.equal(read, JSON.parse(JSON.stringify(model)));
    assert.ok(validate(read), JSON.stringify(validate.errors));
  }
});

test('the schema says no to what is no run', () => {
  for (const wrong of [
    {},
    { ...FULL, verdict: { ...FULL.verdict, kind: 'fine' } },
    { ...FULL, schema: 2 },
    { ...FULL, more: 1 },
    { ...FULL, tables: { comparison: { columns: [], rows: [[{}]] } } },
  ])
    assert.not(validate(wrong));
});

test('the schema knows every table', () => {
  assert.equal(
    Object.keys(schema.properties.tables.properties).toSorted(),
    TABLE_NAMES.filter((name) => name !== 'notes' && name !== 'expectations').toSorted(),
  );
});

test('rows stand in a line each', () => {
  const lines = drawRunJson(FULL).split('\n');
  assert.ok(
    lines.includes('        [2,"r1","flags","7","real","processes","node",1,"down",1,"independent",91]'),
  );
});

test('nothing in it controls a terminal', () => {
  // oxlint-disable-next-line no-control-regex -- that there is none is the claim
  assert.not.match(drawRunJson(hostileModel()), /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200F\u202E]/);
});

test.run();
