import { expect, it } from 'vitest';
import { endOf } from '../src/up/end-of.ts';
import { temporaryFolder, type } from './terminal.ts';

const never = new Promise<Error>(() => undefined);

it('a coordinator whose books are lost ends with a reason, so that whoever keeps it running starts it again', async () => {
  const failed = Promise.resolve(new Error('the writer died'));
  await expect(endOf({ failed }, new AbortController().signal)).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringContaining('the writer died'),
    hint: expect.stringContaining('Start it again'),
  });
});

it('a coordinator that is asked to stop ends without one', async () => {
  await expect(endOf({ failed: never }, AbortSignal.abort())).resolves.toBeUndefined();
});

it('a coordinator that was stopped while it started does not say that it runs', async () => {
  const argv = ['coordinator', '--home', temporaryFolder(), '--port', '0', '--log-level', 'error'];
  const { exitCode, stdout, stderr } = await type(argv, { signal: AbortSignal.abort(new Error('Stopped')) });
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});
