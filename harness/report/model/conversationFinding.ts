/**
 * What the table of a played conversation says: whether what came is what was recorded.
 */
import { grouped, many, NO_FINDING } from './finding.ts';
import type { Finding } from './finding.ts';
import { totalOf } from './rows.ts';
import type { Row } from './rows.ts';

export function conversationFinding(rows: readonly Row[]): Finding {
  if (rows.length === 0) return NO_FINDING;
  const what = rows[0]?.['side'] === 'server' ? 'request' : 'answer';
  const faulty = rows.filter(({ verdict }) => verdict === 'mismatch');
  const same = totalOf(rows, 'same');
  const expected = totalOf(rows, 'expected');
  const came =
    same === expected
      ? `every one of ${many(expected, `recorded ${what}`)} came as recorded`
      : `${grouped(same)} of ${many(expected, `recorded ${what}`)} came, each as recorded`;
  return {
    ...NO_FINDING,
    wrong:
      faulty.length === 0
        ? []
        : [
            `${faulty.length} of ${many(rows.length, 'flow')} ${faulty.length === 1 ? 'differs' : 'differ'} from the recording`,
          ],
    kind: faulty.length === 0 ? null : 'mismatch',
    faults: faulty.map(
      (row) =>
        `flow ${row['flow']}: of ${row['expected']} recorded ${what}s ${row['same']} came as recorded, ` +
        `${row['different']} different, ${row['missing']} missing, ${row['additional']} additional`,
    ),
    right: faulty.length === 0 ? [came] : [],
  };
}
