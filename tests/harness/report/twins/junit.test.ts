import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawJunit } from '../../../../harness/report/twins/junit.ts';
import { claimsAbout } from '../../../integration/foreign/foreign.ts';
import { account, csv, environment, lost } from '../model/folder.ts';
import { FULL, hostileModel, modelOf } from './models.ts';

const test = suite('junit.xml');

test('has a case for each account, each verdict and each expectation', () => {
  const model = modelOf(
    csv('ledger', [account(1, 5)]),
    csv('comparison', [
      lost(1, 3),
      lost(1, 1, { metric: 'reordered', measured: 2, verdict: 'mismatch' }),
      lost(1, 0, { metric: 'corrupted', measured: 'not measured', verdict: 'not measured' }),
    ]),
    csv('expectations', [
      { subject: 'client 1', expectation: 'lost<=2', metric: 'lost', measured: 3, result: 'not met' },
    ]),
    environment(),
  );
  assert.is(
    drawJunit(model),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite package="matchstream" id="0" name="r1: flags, real clock, node" timestamp="2026-01-31T12:00:00" hostname="localhost" tests="5" failures="2" errors="0" skipped="1" time="0">
    <properties>
      <property name="seed" value="7"/>
    </properties>
    <testcase classname="client 1 down" name="every datagram is accounted for" time="0"/>
    <testcase classname="client 1 down" name="lost" time="0"/>
    <testcase classname="client 1 down" name="reordered" time="0"><failure message="mismatch: measured 2, expected 1" type="mismatch">mismatch: measured 2, expected 1</failure></testcase>
    <testcase classname="client 1 down" name="corrupted" time="0"><skipped>not measured: measured not measured, expected 0</skipped></testcase>
    <testcase classname="client 1" name="lost&lt;=2" time="0"><failure message="lost is 3: not met" type="mismatch">lost is 3: not met</failure></testcase>
    <system-out>Wrong: 1 figure of 1 client is not what the schedule says and the expectation is not met. For the rest, every one of 5 datagrams is accounted for.
to see it again: matchstream replay match.jsonl --drop 5% --seed 7</system-out>
    <system-err></system-err>
  </testsuite>
</testsuites>
`,
  );
});

test('holds foreign text as text', () => {
  const drawn = drawJunit(hostileModel());
  assert.not.match(drawn, /<script|<!--|\]\]>/);
  // oxlint-disable-next-line no-control-regex -- that there is none is the claim
  assert.not.match(drawn, /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200F\u202E\uFFFE\uFFFF\uD800-\uDFFF]/);
  assert.match(drawn, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
});

test('counts what stands in it', () => {
  for (const model of [FULL, hostileModel(), modelOf(environment())]) {
    const drawn = drawJunit(model);
    for (const [, tests, failures, skipped, cases = ''] of drawn.matchAll(
      /tests="(\d+)" failures="(\d+)" errors="0" skipped="(\d+)"[^>]*>([^]*?)<\/testsuite>/g,
    )) {
      assert.is(cases.match(/<testcase /g)?.length, Number(tests));
      assert.is(cases.match(/<failure /g)?.length ?? 0, Number(failures));
      assert.is(cases.match(/<skipped>/g)?.length ?? 0, Number(skipped));
    }
  }
});

claimsAbout(
  test,
  'xmllint',
  'libxml2-utils',
)('is valid by the schema that Jenkins has', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  try {
    const schema = join(import.meta.dirname, 'jenkins-junit.xsd');
    for (const [k, model] of [FULL, hostileModel(), modelOf(environment())].entries()) {
      const path = join(folder, `${k}.xml`);
      writeFileSync(path, drawJunit(model));
      execFileSync('xmllint', ['--noout', '--nonet', '--schema', schema, path], { stdio: 'pipe' });
    }
    // The schema is one that can say no.
    const wrong = join(folder, 'wrong.xml');
    writeFileSync(wrong, drawJunit(FULL).replace('<testcase ', '<testkase '));
    assert.throws(() => execFileSync('xmllint', ['--noout', '--schema', schema, wrong], { stdio: 'pipe' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
