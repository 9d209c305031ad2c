/**
 * Draws the page of a run's folder: its model, and the columns of its single datagrams where it has them.
 */
import { COLUMNS_FILE } from '../columnsLayout.ts';
import { drawReport } from '../drawReport.ts';
import { readPageAssets } from '../pageAssets.ts';
import type { Draw } from './allTwins.ts';

/** @throws EnvironmentError if the page has not been built */
export const drawPage: Draw = (model, folder) =>
  drawReport(model, folder.read(COLUMNS_FILE), readPageAssets());
