/** `npm run chaos`: builds what has changed, and runs the fault suite. */
import { join } from 'node:path';
import { requireNode } from './node-version.mjs';

requireNode();
const { setUp } = await import('./setup.mjs');
await setUp();
const { ROOT, runCommand } = await import('./run-command.mjs');
const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
if ((await runCommand(process.execPath, [compiler, '-b', join(ROOT, 'chaos')])) !== 0) process.exit(1);

const { readOptions, runChaos, USAGE } = await import('../chaos/dist/main.js');
const { describeMachine } = await import('../bench/machine.mjs');
const { tmpdir } = await import('node:os');
// What was started ends with this process, however it is ended.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const options = readOptions(process.argv.slice(2), join(ROOT, 'chaos', 'results'));
if (!options) {
  console.log(USAGE);
} else {
  const machine = describeMachine(tmpdir(), process.execPath);
  const { startPostgres } = await import('../test/support/postgres.mjs');
  process.exitCode = (await runChaos(options, { machine, startPostgres })) ? 0 : 1;
}
