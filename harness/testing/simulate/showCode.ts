/**
 * The code that runs a simulation again.
 */
import { formatKnobs } from '../../impairment/knobs.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import { pathName } from './simulateOptions.ts';
import type { SimulateSettings } from './simulateOptions.ts';

const quote = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;

/** Knobs as a program writes them: `{ drop: '5%', keepOrder: true }`. */
function knobsCode(config: ImpairmentConfig): string {
  const words = formatKnobs(config)
    .split(' ')
    .filter((word) => word !== '');
  const members: string[] = [];
  for (let k = 0; k < words.length; k += 1) {
    const name = (words[k] as string)
      .slice(2)
      .replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    const value = words[k + 1];
    if (value === undefined || value.startsWith('--')) members.push(`${name}: true`);
    else {
      members.push(`${name}: ${quote(value)}`);
      k += 1;
    }
  }
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** A simulation with settings by path: those that are on. */
export function pathsCode(seed: string, paths: readonly (readonly [string, ImpairmentConfig])[]): string {
  const on = paths
    .map(([path, config]) => [path, knobsCode(config)] as const)
    .filter(([, code]) => code !== '{}');
  const members = on.map(([path, code]) => `${quote(path)}: ${code}`);
  const impairment = members.length === 0 ? '' : `, impairment: { paths: { ${members.join(', ')} } }`;
  return `simulate({ …, seed: ${quote(seed)}${impairment} })`;
}

/** The same for whatever it was run with. */
export function simulateCode({ endpoints, impairment, scenario, pathConfig }: SimulateSettings): string {
  const { seed, down, up } = impairment;
  const names = endpoints.map(([name]) => name);
  const own = names
    .flatMap((from) => names.filter((to) => to !== from).map((to) => pathName(from, to)))
    .flatMap((path): [string, ImpairmentConfig][] => {
      const config = pathConfig(path);
      return config === null ? [] : [[path, config]];
    });
  const [ofDown, ofUp] = [knobsCode(down), knobsCode(up)];
  const members =
    ofDown === ofUp ? (ofDown === '{}' ? [] : [ofDown.slice(2, -2)]) : [`down: ${ofDown}`, `up: ${ofUp}`];
  // Phases stand in a file only.
  if (scenario !== null && impairment.phases.length > 0)
    members.splice(0, members.length, `scenario: ${quote(scenario)}, …`);
  if (own.length > 0)
    members.push(
      `paths: { ${own.map(([path, config]) => `${quote(path)}: ${knobsCode(config)}`).join(', ')} }`,
    );
  const rest = members.length === 0 ? '' : `, impairment: { ${members.join(', ')} }`;
  return `simulate({ …, seed: ${quote(seed)}${rest} })`;
}
