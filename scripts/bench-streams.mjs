import { runBench } from '../bench/streams/run.mjs';

process.exitCode = await runBench();
