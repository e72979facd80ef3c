import { runBench } from '../bench/peers/run.mjs';

process.exitCode = await runBench();
