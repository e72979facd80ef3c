/** A network whose one client uploads bundles, for nodes of the test's own. */
import { createHash } from 'node:crypto';
import type { TaskAssign } from '@plexus/protocol';
import { type Answer, createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { tarGz } from '../../packages/runners/test/archives.ts';
import { KeyedNode } from './keyed-node.ts';

export const ARCHIVE = tarGz([{ name: 'model.py', content: 'print(1)' }]);
export const SHA256 = createHash('sha256').update(ARCHIVE).digest('hex');

interface Uploaded {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly bundle?: string;
    readonly size?: number;
    readonly error?: { readonly code: string; readonly message: string; readonly details: { request_id: string } };
  };
}

export interface FileWorld extends AsyncDisposable {
  readonly network: TestNetwork;
  readonly key: string;
  upload(
    body: NonNullable<RequestInit['body']>,
    headers?: Readonly<Record<string, string>>,
    path?: string,
  ): Promise<Uploaded>;
  /** Submits a Python job. */
  submit(params: object, caller?: string): Promise<Answer>;
  /** A new node with a job whose bundle was uploaded. */
  lease(): Promise<Lease>;
}

/** A job that a node has. */
interface Lease extends AsyncDisposable {
  readonly node: KeyedNode;
  readonly task: TaskAssign;
  /** Waits for the job's end. */
  job(): Promise<Answer['body']>;
}

export async function createFileWorld(): Promise<FileWorld> {
  const network = await createTestNetwork({ nodes: 0 });
  const { api_key: key } = await network.register();
  let nodes = 0;

  const upload: FileWorld['upload'] = async (body, headers = {}, path = '/v1/bundles') => {
    const init = {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, ...headers },
      body,
      duplex: 'half',
    } as const;
    const response = await fetch(network.url + path, init);
    // Tests compare it field by field.
    return { status: response.status, headers: response.headers, body: (await response.json()) as Uploaded['body'] };
  };

  const submit: FileWorld['submit'] = async (params, caller = key) => {
    const body = { service: 'python', content: '{}', params: { entrypoint: 'model.py', ...params } };
    return await network.call('POST', '/plexus/v1/jobs', { key: caller, body });
  };

  async function lease(): Promise<Lease> {
    await upload(new Uint8Array(ARCHIVE));
    const node = await KeyedNode.connect(network, { nodeId: `python-node-${nodes++}`, service: 'python' });
    await submit({ bundle: SHA256 });
    const task = await node.nextTask();
    const path = `/plexus/v1/jobs/${task.task_id}`;
    return {
      node,
      task,
      job: async () => (await network.call('GET', `${path}?wait_seconds=5`, { key })).body,
      async [Symbol.asyncDispose]() {
        // One that has ended cannot be cancelled, which is as good.
        await network.call('POST', `${path}/cancel`, { key });
        node.socket.terminate();
      },
    };
  }

  return { network, key, upload, submit, lease, [Symbol.asyncDispose]: () => network[Symbol.asyncDispose]() };
}
