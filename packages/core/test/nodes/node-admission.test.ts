import { createNodeAdmission } from '@plexus/core';
import { expect, it } from 'vitest';

const never = () => {
  throw new Error('not meant to be called');
};

it('tells a node that brings no key, where others can reach the coordinator, which keys there are and where one goes', async () => {
  // Whoever brings nothing is refused before anything is read.
  const books = {} as Parameters<typeof createNodeAdmission>[0]['books'];
  const deps = { books, clock: never, newId: never, mintId: 'mint', registerGrant: 0n, onAccounts: never };
  const admission = createNodeAdmission({ ...deps, isLoopback: false });
  await expect(admission.admit({ node_id: 'node-1' }, { provenKey: 'key', isLive: false })).rejects.toMatchObject({
    code: 'NODE_IDENTITY_REFUSED',
    message: expect.stringMatching(/node token, .*plexus keys create --role provider.*PLEXUS_NODE_TOKEN/),
  });
});
