import { expect, it } from 'vitest';
import { cgroupRemedy } from '../src/sandbox/detect-sandbox.ts';

it.each([
  [false, /^(sudo|systemd-run .*) plexus up$/],
  [true, /^run the node .* on the machine itself; in a container it needs --privileged$/],
])('what mends control groups that cannot be had, for a user who is root (%j) already', async (isRoot, remedy) => {
  expect(await cgroupRemedy(isRoot)).toMatch(remedy);
});
