import { runBench } from '../bench/scale/run.mjs';

process.exitCode = await runBench();
