/**
 * run.json: the whole model as one object. docs/run.schema.json is its schema.
 */
import { jsonText } from '../../../src/base/escape.ts';
import type { RunModel } from '../model/runModel.ts';

/** Rows stand in a line each, so that the file can be read, and compared by lines. */
export function drawRunJson(model: RunModel): string {
  const { tables, ...others } = model;
  const named = Object.entries(tables).map(([name, { columns, rows }]) => {
    const lines = rows.map((row) => `        ${jsonText(row)}`).join(',\n');
    const heads = columns.map((column) => `        ${jsonText(column)}`).join(',\n');
    return `    ${JSON.stringify(name)}: {\n      "columns": [\n${heads}\n      ],\n      "rows": [${lines === '' ? '' : `\n${lines}\n      `}]\n    }`;
  });
  const head = jsonText(others, 2).replace(/\n\}$/, '');
  return `${head},\n  "tables": {${named.length === 0 ? '' : `\n${named.join(',\n')}\n  `}}\n}\n`;
}
