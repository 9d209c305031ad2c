/** What serves HTTP is loaded by who asks for it, and by nobody else: the imports that are followed when a command is loaded. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readTree } from '../../house/source.ts';

const loading = suite('what serves HTTP');

const files = new Map(readTree('src', 'harness').map((file) => [file.path, file]));

/** Packages that loading a file loads, without those of `import()`. */
function packagesOf(path: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(path)) return packages;
  seen.add(path);
  for (const one of files.get(path)?.imports ?? []) {
    if (one.isDynamic || one.isTypeOnly) continue;
    if (one.path === undefined) packages.add(one.specifier);
    else for (const name of packagesOf(one.path, seen)) packages.add(name);
  }
  return packages;
}

const servesHttp = (path: string): boolean => {
  assert.ok(files.has(path), path);
  return [...packagesOf(path)].some((name) => name === 'hono' || name === '@hono/node-server');
};

loading('is not loaded by a command’s help, nor by a proxy without --control, nor by the library', () => {
  for (const path of [
    'cli/main',
    'cli/controlCommand',
    'cli/proxyCommand',
    'cli/proxyRun',
    'testing/index',
    'index',
  ])
    assert.not.ok(servesHttp(`harness/${path}.ts`), path);
});

loading('is loaded by the control API', () => {
  for (const path of ['cli/controlRun', 'cli/proxyControl', 'control/webServer'])
    assert.ok(servesHttp(`harness/${path}.ts`), path);
});

loading.run();
