/** datapackage.json by the rules of the Tabular Data Package (Frictionless, specs v1), written down here. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawDataPackage } from '../../../../harness/report/twins/dataPackage.ts';
import { environment } from '../model/folder.ts';
import { FULL, hostileModel, modelOf } from './models.ts';

const test = suite('datapackage.json');

interface Package {
  profile: string;
  name: string;
  resources: {
    name: string;
    path: string;
    profile: string;
    encoding: string;
    schema: {
      missingValues: string[];
      fields: { name: string; type: string; unit?: string; constraints?: { required?: boolean } }[];
    };
  }[];
}

const NAME = /^[-a-z0-9._/]+$/;
const TYPES = ['string', 'number'];

function check(described: Package): void {
  assert.is(described.profile, 'tabular-data-package');
  assert.match(described.name, NAME);
  const names = described.resources.map(({ name }) => name);
  assert.is(new Set(names).size, names.length, 'names of resources are unique');
  for (const { name, path, profile, encoding, schema } of described.resources) {
    assert.match(name, NAME);
    assert.is(profile, 'tabular-data-resource');
    assert.is(encoding, 'utf-8');
    // Relative, and below the folder.
    assert.match(path, /^[a-z_]+\.csv$/);
    const fields = schema.fields.map((field) => field.name);
    assert.ok(fields.length > 0);
    assert.is(new Set(fields).size, fields.length, 'names of fields are unique');
    for (const { type } of schema.fields) assert.ok(TYPES.includes(type), type);
    assert.equal(schema.missingValues, ['', 'not measured']);
  }
}

const drawn = (...args: Parameters<typeof drawDataPackage>): Package =>
  JSON.parse(drawDataPackage(...args)) as Package;

test('obeys the rules of its kind, whatever the run is called', () => {
  check(drawn(FULL));
  check(drawn(hostileModel()));
  assert.is(drawn(modelOf(environment())).name, 'folder');
});

test('has the tables that the folder has, with the fields of their headers', () => {
  const described = drawn(FULL);
  assert.equal(
    described.resources.map(({ path }) => path),
    [
      'comparison.csv',
      'ledger.csv',
      'ledger_causes.csv',
      'throughput.csv',
      'conversation.csv',
      'expectations.csv',
      'notes.csv',
    ],
  );
  const causes = described.resources.find(({ name }) => name === 'ledger_causes');
  assert.equal(
    causes?.schema.fields.map(({ name, type }) => `${name} ${type}`),
    [
      'schema number',
      'run string',
      'scenario string',
      'seed string',
      'clock string',
      'mode string',
      'transport string',
      'flow number',
      'direction string',
      'client number',
      'cause string',
      'count number',
    ],
  );
});

test('says units, and that a count is always there', () => {
  const point = drawn(FULL).resources.find(({ name }) => name === 'throughput');
  const field = (name: string): unknown => point?.schema.fields.find((one) => one.name === name);
  assert.equal(field('late_p99_us'), { name: 'late_p99_us', type: 'number', unit: 'us' });
  assert.equal(field('server_rss_mib'), { name: 'server_rss_mib', type: 'number', unit: 'MiBy' });
  assert.equal(field('rate_ratio'), { name: 'rate_ratio', type: 'number', unit: '1' });
  assert.equal(field('clients'), { name: 'clients', type: 'number', constraints: { required: true } });
});

test.run();
