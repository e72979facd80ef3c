import { expect, it } from 'vitest';
import { joinCommand } from '../src/commands/coordinator.ts';
import { portError } from '../src/commands/serving.ts';

const FLAGS = { 80: '--coordinator-port' };
const refusal = (facts: object) => Object.assign(new Error('permission denied'), { code: 'EACCES', ...facts });

it('a port that may not be used is said in words, and a file that may not is no port', () => {
  const hint = expect.stringContaining('--coordinator-port N');
  expect(portError(refusal({ port: 80 }), FLAGS)).toMatchObject({ message: 'Port 80 may not be used', hint });
  const file = refusal({ path: '/home/operator.key' });
  expect(portError(file, FLAGS)).toBe(file);
});

it.each([
  ['127.0.0.1', 'http://127.0.0.1:8800', 'plexus node --coordinator http://127.0.0.1:8800'],
  // What it listens on leads other machines to themselves.
  ['0.0.0.0', 'http://127.0.0.1:8800', 'PLEXUS_NODE_TOKEN=gn_… plexus node --coordinator http://ADDRESS:8800'],
  ['::', 'http://[::]:8800', 'PLEXUS_NODE_TOKEN=gn_… plexus node --coordinator http://ADDRESS:8800'],
  ['10.0.0.7', 'http://10.0.0.7:8800', 'PLEXUS_NODE_TOKEN=gn_… plexus node --coordinator http://10.0.0.7:8800'],
])('a coordinator on %s at %s says how nodes join it', (host, url, command) => {
  expect(joinCommand(host, url)).toBe(command);
});
