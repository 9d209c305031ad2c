/**
 * datapackage.json: the folder's tables as a Tabular Data Package (Frictionless), with types and units, so that other
 * programs read the CSVs without guessing.
 */
import { jsonText } from '../../../src/base/escape.ts';
import { NOT_MEASURED } from '../../../src/base/figures.ts';
import type { RunModel } from '../model/runModel.ts';
import { columnsOf, TABLE_NAMES, unitOf } from '../tables.ts';
import type { TableName } from '../tables.ts';

const TITLES: Readonly<Record<TableName, string>> = {
  comparison: 'Each metric of each client: configured, expected, measured, and the verdict',
  ledger: 'The account of each client: where every datagram went',
  ledger_causes: 'Drops by cause',
  throughput: 'An interval of a throughput run a row',
  capacity: 'The highest rate without loss of each path',
  micro: 'Micro-benchmarks',
  virtual: 'What streams cost on the virtual clock',
  reorder_density: 'Arrivals by displacement (RFC 5236)',
  peers: 'The same workloads by other programs',
  conversation: 'Each flow of a played conversation',
  expectations: 'What --expect asked for, and what was measured',
  notes: 'What a reader of the figures should know',
};

/** Lower case letters, digits, dots, dashes and underscores, as the standard wants a name. */
const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '') || 'run';

/** The tables that the folder has. */
function tablesIn({ tables, notes, expectations }: RunModel): TableName[] {
  return TABLE_NAMES.filter((name) => {
    if (name === 'notes') return notes.length > 0;
    return name === 'expectations' ? expectations.length > 0 : tables[name] !== undefined;
  });
}

/** As the file has them: one of an earlier version lacks the last. */
const columnsIn = ({ tables }: RunModel, name: TableName): string[] =>
  name === 'notes' || name === 'expectations'
    ? Object.keys(columnsOf(name))
    : (tables[name]?.columns.map((column) => column.name) ?? []);

export function drawDataPackage(model: RunModel): string {
  const resources = tablesIn(model).map((name) => ({
    name,
    path: `${name}.csv`,
    profile: 'tabular-data-resource',
    title: TITLES[name],
    format: 'csv',
    mediatype: 'text/csv',
    encoding: 'utf-8',
    dialect: { delimiter: ',', lineTerminator: '\n', quoteChar: '"', doubleQuote: true, header: true },
    schema: {
      fields: columnsIn(model, name).map((column) => {
        const unit = unitOf(column);
        const kind = columnsOf(name)[column] ?? 'text';
        return {
          name: column,
          type: kind === 'text' ? 'string' : 'number',
          ...(unit !== null && { unit }),
          ...(kind === 'number' && { constraints: { required: true } }),
        };
      }),
      missingValues: ['', NOT_MEASURED],
    },
  }));
  const text = jsonText(
    { profile: 'tabular-data-package', name: slugOf(model.name), title: model.name, resources },
    2,
  );
  return `${text}\n`;
}
