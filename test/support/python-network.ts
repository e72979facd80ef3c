/** A network with one node that runs Python programs, for tests that bring the programs. */
import { join } from 'node:path';
import { createLogger } from '@plexus/coordinator';
import { type RunningNode, startNode } from '@plexus/node';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { vi } from 'vitest';
import { tarGz, type TarEntry } from '../../packages/runners/test/archives.ts';

/** A job as /plexus/v1 shows it. */
export interface JobSeen {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly cost: string;
  readonly progress: number;
  readonly facts: Readonly<Record<string, string | number>> | null;
}

export interface PythonNetwork extends AsyncDisposable {
  readonly network: TestNetwork;
  readonly node: RunningNode;
  readonly key: string;
  /** @returns the bundle's name */
  upload(archive: Buffer, key?: string): Promise<string>;
  /** Submits a job and answers it as it is after `waitSeconds`, by default at its end. */
  submit(job: { bundle?: string; params?: object; content?: string; waitSeconds?: number }): Promise<JobSeen>;
  /** Runs one program to its end. */
  run(program: string, options?: { params?: object; content?: string; files?: readonly TarEntry[] }): Promise<JobSeen>;
}

export async function createPythonNetwork(): Promise<PythonNetwork> {
  const network = await createTestNetwork({ nodes: 0 });
  const node = await startNode({
    home: join(network.home, 'python-node'),
    coordinatorUrl: network.url,
    token: network.operatorKey,
    host: '127.0.0.1',
    ports: [],
    services: ['python'],
    allow: ['python'],
    installLlama: false,
    logger: createLogger({ level: 'silent' }),
  });
  await untilOffered(network, node);
  const { api_key: key } = await network.register();

  async function upload(archive: Buffer, uploader = key): Promise<string> {
    const headers = { authorization: `Bearer ${uploader}`, 'content-type': 'application/gzip' };
    const response = await fetch(`${network.url}/v1/bundles`, {
      method: 'POST',
      headers,
      body: new Uint8Array(archive),
    });
    const answer = (await response.json()) as { bundle: string };
    if (response.status !== 201) throw new Error(JSON.stringify(answer));
    return answer.bundle;
  }

  async function submit({ bundle, params, content = '{}', waitSeconds = 60 }: Parameters<PythonNetwork['submit']>[0]) {
    const all = { entrypoint: 'main.py', ...(bundle !== undefined && { bundle }), ...params };
    const body = { service: 'python', content, params: all, wait_seconds: waitSeconds };
    const { status, body: job } = await network.call('POST', '/plexus/v1/jobs', { key, body });
    if (status !== 201) throw new Error(JSON.stringify(job));
    return job as JobSeen;
  }

  return {
    network,
    node,
    key,
    upload,
    submit,
    async run(program, { params, content, files = [] } = {}) {
      const bundle = await upload(tarGz([{ name: 'main.py', content: program }, ...files]));
      return await submit({ bundle, ...(params && { params }), ...(content !== undefined && { content }) });
    },
    async [Symbol.asyncDispose]() {
      await node.close();
      await network[Symbol.asyncDispose]();
    },
  };
}

async function untilOffered(network: TestNetwork, node: RunningNode): Promise<void> {
  await vi.waitFor(
    async () => {
      const [state] = node.services();
      if (state?.remedy !== undefined) throw new Error(`python is not offered: ${state.reason} (${state.remedy})`);
      const { body } = await network.call('GET', '/plexus/v1/services');
      const offered = (body as { id: string; available: number }[]).find(({ id }) => id === 'python');
      if (offered?.available !== 1) throw new Error('python is not offered yet');
    },
    { timeout: 30_000, interval: 100 },
  );
}
