/**
 * The names of what a report has beside its tables, as after `--reporter`.
 */

/** `csv` are the tables, which are always written. */
export const REPORTERS = ['csv', 'html', 'json', 'junit', 'summary', 'datapackage'] as const;

export type Reporter = (typeof REPORTERS)[number];
