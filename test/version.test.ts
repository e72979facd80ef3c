/** One version: what is shown is what the packages, and the lock file, are published as. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLEXUS_VERSION } from '@plexus/protocol';
import { createTestNetwork } from '@plexus/testkit';
import { expect, it } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8'));
const manifests = ['.', ...readdirSync('packages').map((name) => join('packages', name))].map((folder) =>
  read(join(folder, 'package.json')),
);

it('is that of every package, and of what each takes from another', () => {
  const ours = new Set(manifests.map(({ name }) => name));
  for (const { name, version, dependencies, devDependencies } of manifests) {
    expect(version, name).toBe(PLEXUS_VERSION);
    for (const [used, wanted] of Object.entries({ ...dependencies, ...devDependencies })) {
      if (ours.has(used)) expect(wanted, `${used} in ${name}`).toBe(PLEXUS_VERSION);
    }
  }
  expect(read('package-lock.json').version).toBe(PLEXUS_VERSION);
});

it('is shown by the coordinator, the node, and every document of an API', async () => {
  await using network = await createTestNetwork({ nodes: 1 });
  const nodeUrl = network.nodes[0]?.urls[0] ?? '';
  const get = async (url: string) => (await fetch(url)).json() as Promise<Record<string, unknown>>;
  expect(await get(`${network.url}/plexus/v1/info`)).toMatchObject({ version: PLEXUS_VERSION });
  expect(await get(`${nodeUrl}/api/v1/status`)).toMatchObject({ version: PLEXUS_VERSION });
  expect(await get(nodeUrl)).toMatchObject({ software: `plexus-node ${PLEXUS_VERSION}` });
  for (const document of [`${nodeUrl}/openapi.json`, `${network.url}/openapi.json`]) {
    expect(await get(document), document).toMatchObject({ info: { version: PLEXUS_VERSION } });
  }
});
