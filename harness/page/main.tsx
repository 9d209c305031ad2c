/**
 * Begins the page: reads the run and its columns out of the document, and draws them below the verdict.
 */
import { render } from 'preact';
import type { RunModel } from '../report/model/runModel.ts';
import { App } from './App.tsx';
import { readColumns } from './datagrams.ts';
import { bytesOf, inflated } from './packed.ts';

const textOf = (id: string): string => document.querySelector(`#${id}`)?.textContent ?? '';

/*!
 * With Preact, (c) 2015-present Jason Miller, and uPlot, (c) 2022 Leon Sorokin: MIT License, https://opensource.org/license/mit
 */
const main = document.querySelector('main');
if (main !== null) {
  const json = new TextDecoder().decode(await inflated(bytesOf(textOf('run'))));
  const run = JSON.parse(json) as RunModel;
  main.textContent = '';
  render(<App run={run} columns={readColumns(textOf('columns'))} />, main);
}
