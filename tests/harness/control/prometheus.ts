/** Reads Prometheus's text format 0.0.4 by its description, and refuses whatever that does not allow. */
import * as assert from 'uvu/assert';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"`;
const SAMPLE = new RegExp(
  String.raw`^(${NAME})(?:\{(${LABEL}(?:,${LABEL})*)?\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf)$`,
);

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));

export function readMetrics(text: string): Sample[] {
  assert.ok(text === '' || text.endsWith('\n'), 'the last line ends, too');
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const seen = new Set<string>();
  let helped = '';
  let current = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const [, kind, of = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      assert.not.ok(types.has(of), `${of} is one block`);
      assert.not.match(rest, /\\(?![\\n])/);
      helped = of;
    } else if (kind === 'TYPE') {
      assert.is(of, helped, 'HELP stands before TYPE');
      assert.ok(['counter', 'gauge'].includes(rest), rest);
      assert.is(rest === 'counter', of.endsWith('_total'), `${of} is a ${rest}`);
      types.set(of, rest);
      current = of;
    } else {
      const [, name = '', labelText = '', value = ''] = SAMPLE.exec(line) ?? assert.unreachable(line) ?? [];
      assert.is(name, current, 'a sample stands behind its TYPE');
      const labels = Object.fromEntries(
        [...labelText.matchAll(new RegExp(LABEL, 'g'))].map(([label]) => {
          const at = label.indexOf('=');
          return [label.slice(0, at), unescaped(label.slice(at + 2, -1))];
        }),
      );
      const key = `${name}${JSON.stringify(Object.entries(labels).toSorted())}`;
      assert.not.ok(seen.has(key), `twice: ${line}`);
      seen.add(key);
      samples.push({ name, labels, value: Number(value) });
    }
  }
  return samples;
}
