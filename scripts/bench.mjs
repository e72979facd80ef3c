import { runBench } from '../bench/run.mjs';

process.exitCode = await runBench();
