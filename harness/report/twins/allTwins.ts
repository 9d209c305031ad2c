/**
 * What is drawn from a run's folder beside its tables: a file each, from the same model. What draws one is loaded when it
 * is wanted.
 */
import type { RunModel } from '../model/runModel.ts';
import type { Reporter } from '../reporters.ts';

/** The folder's other files, for what no table has. */
export interface FolderReader {
  /** The bytes of a file; null if the folder has none of that name. */
  read(name: string): Uint8Array | null;
}

export type Draw = (
  model: RunModel,
  folder: FolderReader,
) => string | Uint8Array | Promise<string | Uint8Array>;

export interface Twin {
  readonly reporter: Reporter;
  readonly file: string;
  readonly load: () => Promise<Draw>;
}

export const TWINS: readonly Twin[] = [
  { reporter: 'html', file: 'report.html', load: async () => (await import('./page.ts')).drawPage },
  { reporter: 'json', file: 'run.json', load: async () => (await import('./runJson.ts')).drawRunJson },
  { reporter: 'junit', file: 'junit.xml', load: async () => (await import('./junit.ts')).drawJunit },
  { reporter: 'summary', file: 'summary.md', load: async () => (await import('./summary.ts')).drawSummary },
  {
    reporter: 'datapackage',
    file: 'datapackage.json',
    load: async () => (await import('./dataPackage.ts')).drawDataPackage,
  },
];
