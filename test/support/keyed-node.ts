/** A node of the test's own with a key, which offers a service and asks for the files of its jobs. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import {
  type LeaseAction,
  LEASE_HEADERS,
  leaseBundlePath,
  leaseFileMessage,
  leaseOutputPath,
  payloadBytes,
  proofMessage,
  receiptPayload,
  type TaskAssign,
} from '@plexus/protocol';
import { RawNode, type TestNetwork } from '@plexus/testkit';

interface KeyedNodeOptions {
  readonly nodeId: string;
  readonly service: string;
  readonly features?: readonly string[];
}

export class KeyedNode {
  readonly nodeId: string;
  readonly socket: RawNode;
  readonly #network: TestNetwork;
  readonly #keys = generateKeyPairSync('ed25519');
  #coordinatorKey = '';

  private constructor(network: TestNetwork, socket: RawNode, nodeId: string) {
    this.#network = network;
    this.socket = socket;
    this.nodeId = nodeId;
  }

  static async connect(network: TestNetwork, { nodeId, service, features }: KeyedNodeOptions): Promise<KeyedNode> {
    const node = new KeyedNode(network, await RawNode.connect(network.url), nodeId);
    const services = [{ id: service, concurrency: 4, ...(features && { features }) }];
    const protocol = { version: 1, public_key: node.publicKey, services, resume: [] };
    node.socket.send('NODE_REGISTER', { node_id: nodeId, protocol });
    const { nonce, coordinator_key: coordinatorKey } = (await node.socket.next('CHALLENGE')).payload;
    node.#coordinatorKey = String(coordinatorKey);
    const parts = { nonce: String(nonce), coordinatorKey: node.#coordinatorKey, nodeId };
    node.socket.send('PROOF', { signature: node.#sign(proofMessage({ ...parts, host: new URL(network.url).host })) });
    await node.socket.next('CREDIT_UPDATE');
    return node;
  }

  get publicKey(): string {
    return this.#keys.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
  }

  get #keyId(): string {
    return createHash('sha256').update(Buffer.from(this.publicKey, 'base64')).digest('hex').slice(0, 16);
  }

  async nextTask(): Promise<TaskAssign> {
    // The coordinator under test says what its own schema says.
    return (await this.socket.next('TASK_ASSIGN')).payload as unknown as TaskAssign;
  }

  /** Ends a task with a result, for which it claims so many units. */
  complete({ task_id, epoch, receipt }: TaskAssign, result: string, units = 1): void {
    const at = new Date().toISOString();
    const payload = receiptPayload({
      receiptId: receipt?.receipt_id ?? '',
      jobId: task_id,
      minerId: this.nodeId,
      clientId: receipt?.client ?? '',
      units,
      unitType: receipt?.unit_type ?? '',
      unitPriceMicro: BigInt(receipt?.unit_price_micro ?? 0),
      startedAt: at,
      completedAt: at,
      metadata: {},
    });
    const sig = sign(null, payloadBytes(payload), this.#keys.privateKey).toString('base64');
    const signature = { alg: 'Ed25519', key_id: this.#keyId, sig, public_key: this.publicKey };
    const work = { units, started_at: at, completed_at: at, metadata: {}, signature };
    this.socket.send('TASK_RESULT', { task_id, epoch, status: 'completed', result, work });
  }

  fail({ task_id, epoch }: TaskAssign, error: { code: string; message: string; retryable: boolean }): void {
    this.socket.send('TASK_RESULT', { task_id, epoch, status: 'failed', error });
  }

  /** Asks for the bundle of a job, with changes to what it says or signs. */
  async fetchBundle({ task_id: jobId, epoch = 0 }: TaskAssign, changes: Partial<Claim> = {}): Promise<Response> {
    const claim = { nodeId: this.nodeId, jobId, epoch, ...changes };
    const headers = this.#headers(claim, { type: 'read_bundle' });
    return await fetch(this.#network.url + leaseBundlePath(claim), { headers });
  }

  /** Sends a file of a job, which is said to be another where `said` is given. */
  async sendOutput(
    { task_id: jobId, epoch = 0 }: TaskAssign,
    { name, content, said = content }: { name: string; content: string; said?: string },
  ): Promise<Response> {
    const claim = { nodeId: this.nodeId, jobId, epoch };
    const sha256 = createHash('sha256').update(said).digest('hex');
    const action: LeaseAction = { type: 'write_output', name, sha256, sizeBytes: Buffer.byteLength(content) };
    const url = this.#network.url + leaseOutputPath(claim, name, sha256);
    return await fetch(url, { method: 'POST', headers: this.#headers(claim, action), body: content });
  }

  #headers(claim: Claim, action: LeaseAction): Record<string, string> {
    const message = leaseFileMessage({ ...claim, coordinatorKey: this.#coordinatorKey }, action);
    return { [LEASE_HEADERS.node]: claim.nodeId, [LEASE_HEADERS.signature]: this.#sign(message) };
  }

  #sign(message: string): string {
    return sign(null, Buffer.from(message), this.#keys.privateKey).toString('base64');
  }
}

interface Claim {
  readonly nodeId: string;
  readonly jobId: string;
  readonly epoch: number;
}
