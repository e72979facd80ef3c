import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runCommand } from './run-command.mjs';

const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

/**
 * Runs vitest once, for people and as a report for programs. Temporary files of tests lie in a folder that is removed
 * when this process ends: tests that are interrupted do not get to remove theirs.
 *
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options]
 * @returns {Promise<{ code: number, tests: readonly Test[] }>}
 */
export async function runVitest(args, { env = process.env, timeoutMs } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'plexus-test-'));
  const report = process.env['PLEXUS_TEST_REPORT'] ?? join(folder, 'report.json');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const command = [VITEST, 'run', ...reporters, ...args];
  const code = await runCommand(process.execPath, command, { env: { ...env, TMPDIR: folder }, timeoutMs });
  return { code, tests: readReport(report) };
}

/**
 * @typedef {'passed' | 'failed' | 'skipped'} Outcome
 * @typedef {{ readonly file: string, readonly suite: string, readonly name: string, readonly outcome: Outcome }} Test
 */

/**
 * Every test of a report of vitest; a file that could not even be loaded is one failed test.
 *
 * @param {string} path
 * @returns {readonly Test[]}
 */
export function readReport(path) {
  try {
    const { testResults } = JSON.parse(readFileSync(path, 'utf8'));
    return testResults.flatMap(testsOf);
  } catch (error) {
    console.error(`There is no report of the tests: ${String(error)}`);
    return [];
  }
}

/** @param {any} result one file, as vitest's json reporter writes it */
function testsOf({ name, status, assertionResults }) {
  const file = name.startsWith(ROOT) ? name.slice(ROOT.length) : name;
  const tests = assertionResults.map((/** @type {any} */ test) => ({
    file,
    suite: test.ancestorTitles.filter(Boolean)[0] ?? test.title,
    name: test.fullName,
    outcome: outcomeOf(test.status),
  }));
  const isBroken = status === 'failed' && tests.every((/** @type {Test} */ { outcome }) => outcome !== 'failed');
  return isBroken ? [...tests, { file, suite: file, name: file, outcome: 'failed' }] : tests;
}

/** @param {string} status @returns {Outcome} */
function outcomeOf(status) {
  return status === 'passed' || status === 'failed' ? status : 'skipped';
}

/**
 * What did not run: one line for each suite that was skipped whole, and for each other test.
 *
 * @param {readonly Test[]} tests
 * @returns {readonly string[]}
 */
export function skippedSuites(tests) {
  /** @type {Map<string, Test[]>} */
  const suites = new Map();
  for (const test of tests) {
    const title = `${test.file} › ${test.suite}`;
    suites.set(title, [...(suites.get(title) ?? []), test]);
  }
  return [...suites].flatMap(([title, members]) => {
    const skipped = members.filter(({ outcome }) => outcome === 'skipped');
    if (skipped.length < members.length) return skipped.map(({ file, name }) => `${file} › ${name}`);
    return [`${title} (${skipped.length} ${skipped.length === 1 ? 'test' : 'tests'})`];
  });
}
