import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests of real engines run on request only: `npm run test:engines`. */
const isWithEngines = process.env['PLEXUS_REQUIRE_ENGINES'] === '1';

/** Files that take half a minute and more. */
const LONG = /\/(fuzz\/endpoints|engines\/(fuzz|kill|postgres-faults)|test\/chaos)\.test\.ts$/;

/** Begins with what takes longest: begun last, it would leave the other workers without work. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(isWithEngines ? [] : ['test/engines/**'])],
    // Some tests start networks of several processes, which must not starve each other.
    maxWorkers: Math.max(1, Math.min(4, availableParallelism())),
    pool: 'forks',
    // Files share what a worker has imported: half of the time goes into imports otherwise.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    server: { deps: { external: [/\/vendor\//] } },
    testTimeout: 20_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
  },
});
