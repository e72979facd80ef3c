import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** Tests of real engines run on request only: `npm run test:engines`. */
const isWithEngines = process.env['PLEXUS_REQUIRE_ENGINES'] === '1';

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
    server: { deps: { external: [/\/vendor\//] } },
    testTimeout: 20_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
  },
});
