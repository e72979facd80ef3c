import { expect, it } from 'vitest';
import { portError } from '../src/commands/serving.ts';

const FLAGS = { 80: '--coordinator-port' };
const refusal = (facts: object) => Object.assign(new Error('permission denied'), { code: 'EACCES', ...facts });

it('a port that may not be used is said in words, and a file that may not is no port', () => {
  const hint = expect.stringContaining('--coordinator-port N');
  expect(portError(refusal({ port: 80 }), FLAGS)).toMatchObject({ message: 'Port 80 may not be used', hint });
  const file = refusal({ path: '/home/operator.key' });
  expect(portError(file, FLAGS)).toBe(file);
});
