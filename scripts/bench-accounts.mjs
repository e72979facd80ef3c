import { runBench } from '../bench/accounts/run.mjs';

process.exitCode = await runBench();
