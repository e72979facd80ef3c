/** A network with a miner that has what the requests of AITBC's page ask for, and does what it is told. */
import { createTestNetwork, Miner, type TestNetwork } from '@plexus/testkit';
import type { TaskAssign } from '@plexus/protocol';
import { expect } from 'vitest';

const GIB = 1024 ** 3;
export const MINER_ID = 'miner_1234567890';
/** A machine that has what the printed job asks for. */
const RESOURCES = { cpu_millis: 4000, memory_bytes: 8 * GIB, gpus: [{ name: 'RTX', memory_bytes: 8 * GIB }] };
const SERVICES = [
  { id: 'llm', models: ['llama-7b'] },
  { id: 'whisper', models: ['base'] },
  { id: 'stable_diffusion', models: ['stable-diffusion-1.5'] },
  { id: 'python', features: ['python:numpy', 'python:torch'] },
  { id: 'ffmpeg' },
  { id: 'blender' },
].map((service) => ({ ...service, concurrency: 4 }));

export const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
export const ID = expect.stringMatching(/^\S+$/);
export const BASE64 = expect.stringMatching(/^[A-Za-z0-9+/]+={0,2}$/);
export const DECIMAL = expect.stringMatching(/^\d+(\.\d{1,6})?$/);

/** The body that the page prints for a new job. */
export const PRINTED_JOB = {
  name: 'image-classification',
  type: 'ai-inference',
  model: { type: 'python', entrypoint: 'model.py', requirements: ['numpy', 'torch'] },
  input: { type: 'image', format: 'jpeg' },
  output: { type: 'json' },
  resources: { cpu: '1000m', memory: '2Gi', gpu: '1' },
  pricing: { max_cost: '0.10' },
};
export const PRINTED_RESULTS = { prediction: 'cat', confidence: 0.95, processing_time: 1.23 };

/** One client and one miner of a network that also has an echo node. */
export class AitbcWorld implements AsyncDisposable {
  readonly network: TestNetwork;
  readonly miner: Miner;
  /** The client's. */
  readonly key: string;

  private constructor(network: TestNetwork, miner: Miner, key: string) {
    this.network = network;
    this.miner = miner;
    this.key = key;
  }

  static async create(): Promise<AitbcWorld> {
    const network = await createTestNetwork({ nodes: 1 });
    const { api_key: key } = await network.register();
    const options = { nodeId: MINER_ID, services: SERVICES, resources: RESOURCES, token: network.operatorKey };
    return new AitbcWorld(network, await Miner.connect(network.url, options), key);
  }

  call(method: string, path: string, body?: unknown) {
    return this.network.call(method, path, body === undefined ? { key: this.key } : { key: this.key, body });
  }

  /** The printed job, on its miner. */
  async createJob(): Promise<{ jobId: string; task: TaskAssign }> {
    const { body } = await this.call('POST', '/v1/jobs', PRINTED_JOB);
    return { jobId: String(body.job_id), task: await this.miner.task() };
  }

  /** The printed job, done as it is printed. */
  async completeJob(): Promise<string> {
    const { jobId, task } = await this.createJob();
    this.miner.complete(task, { output: JSON.stringify(PRINTED_RESULTS), units: 1 });
    await this.ended(jobId);
    return jobId;
  }

  /** Waits for the end of a job. */
  async ended(jobId: string) {
    return (await this.call('GET', `/plexus/v1/jobs/${jobId}?wait_seconds=5`)).body;
  }

  /** Cancels a job that runs, and waits until its miner has heard of it. */
  async cancel(jobId: string) {
    const answer = await this.call('DELETE', `/v1/jobs/${jobId}`);
    expect((await this.miner.raw.next('TASK_CANCEL')).payload).toMatchObject({ task_id: jobId });
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.miner.raw.terminate();
    await this.network[Symbol.asyncDispose]();
  }
}
