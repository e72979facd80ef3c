/** `npm test`: everything that needs nothing but npm. Arguments go on to vitest. */
import { requireNode } from './node-version.mjs';

/** A run that takes longer than this hangs. */
const LIMIT_MS = 295_000;
const RULE = '='.repeat(80);

requireNode();
const [{ setUp }, { runVitest, skippedSuites }] = await Promise.all([
  import('./setup.mjs'),
  import('./vitest-run.mjs'),
]);
await setUp();
const startedAt = performance.now();
const { code, tests } = await runVitest(process.argv.slice(2), { timeoutMs: LIMIT_MS });
tellSkipped(skippedSuites(tests));
if (performance.now() - startedAt >= LIMIT_MS) console.error(`The tests were ended after ${LIMIT_MS / 1000} s.`);
process.exitCode = code === 0 && tests.length === 0 ? 1 : code;

/** @param {readonly string[]} suites */
function tellSkipped(suites) {
  if (suites.length === 0) return console.log('\nNothing was skipped.');
  console.log(`\n${RULE}\nSKIPPED, so nothing is known about these:\n`);
  for (const suite of suites) console.log(`  ${suite}`);
  console.log(`\nSuites of engines run with: npm run test:engines\n${RULE}`);
}
