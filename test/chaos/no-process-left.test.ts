/** Whether the fault suite would see a process that a network left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { processesLeft } from '../../chaos/invariants/no-process-left.ts';

const FOLDER = '/tmp/plexus-a-network-of-this-test';
const FOR_EVER = 'setInterval(() => undefined, 1000); process.stdout.write("up")';

it.each([
  ['its command line', [FOLDER], {}],
  ['its environment', [], { SOME_HOME: `${FOLDER}/node-a` }],
])('finds one by %s, as long as it is there', async (_, args, env) => {
  const child = spawn(process.execPath, ['-e', FOR_EVER, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  expect(processesLeft(FOLDER)).toEqual([expect.stringContaining(`process ${child.pid} is left`)]);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  expect(processesLeft(FOLDER)).toEqual([]);
});
