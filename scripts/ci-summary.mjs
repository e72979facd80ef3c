/**
 * Adds up the reports of several runs of vitest: `node scripts/ci-summary.mjs FAILED-STEPS REPORT…`. A test that
 * ran more than once counts once, with its worst end; skipped counts only where it never ran. A failed step whose
 * report shows no failed test counts as one failure, so that nothing that went wrong adds up to zero.
 */
import { existsSync } from 'node:fs';
import { readReport } from './vitest-run.mjs';

const WEIGHT = { skipped: 0, passed: 1, failed: 2 };

const [failedSteps = '0', ...reports] = process.argv.slice(2);
/** @type {Map<string, import('./vitest-run.mjs').Outcome>} */
const outcomes = new Map();
for (const report of reports.filter((path) => existsSync(path))) addUp(readReport(report));
const count = (/** @type {string} */ wanted) => [...outcomes.values()].filter((outcome) => outcome === wanted).length;
const failed = Math.max(count('failed'), Number(failedSteps));
console.log(`${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`);

/** @param {readonly import('./vitest-run.mjs').Test[]} tests */
function addUp(tests) {
  /** @type {Map<string, number>} */
  const namesakes = new Map();
  for (const { file, name, outcome } of tests) {
    const title = `${file}\0${name}`;
    const nth = (namesakes.get(title) ?? 0) + 1;
    namesakes.set(title, nth);
    const key = `${title}\0${nth}`;
    const before = outcomes.get(key) ?? 'skipped';
    outcomes.set(key, WEIGHT[outcome] >= WEIGHT[before] ? outcome : before);
  }
}
