import { runBench } from '../bench/feed/run.mjs';

process.exitCode = await runBench();
