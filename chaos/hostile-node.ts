/** A node that speaks the protocol as well as any, and then does with its tasks whatever a fault wants. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import {
  type Challenge,
  payloadBytes,
  type ReceiptCrypto,
  receiptPayload,
  requestUnits,
  signBatch,
  type SignedWork,
  proofMessage,
  type Signer,
  type TaskAssign,
  type TaskResult,
} from '@plexus/protocol';
import { WebSocket } from 'ws';
import type { Network } from './network.ts';
import { mustBecome } from './wait.ts';
import type { Proxy } from './wire/proxy.ts';

const JOIN_MS = 10_000;
const LONG_MS = 1000;

const crypto: ReceiptCrypto = {
  sha256: (data) => createHash('sha256').update(data).digest(),
  verify: (publicKey, message, signature) => verify(null, message, keyOf(publicKey), signature),
};

/** What is to be done with a task. */
export type Behaviour = (task: TaskAssign, node: HostileNode) => void;

export interface HostileOptions {
  readonly name: string;
  readonly concurrency: number;
  readonly onTask: Behaviour;
}

export class HostileNode {
  readonly name: string;
  readonly nodeId: string;
  readonly signer: Signer;
  /** Ids of the tasks that it was given. */
  readonly given: string[] = [];
  /** Why the coordinator closed the connection, once it has. */
  closedBecause: string | undefined;
  private readonly socket: WebSocket;
  private readonly way: Proxy;
  private readonly options: HostileOptions;
  private hasJoined = false;

  private constructor(way: Proxy, options: HostileOptions) {
    this.way = way;
    this.options = options;
    this.name = options.name;
    this.signer = newSigner();
    this.nodeId = `hostile-${this.signer.keyId}`;
    this.socket = new WebSocket(`${way.url.replace('http', 'ws')}/ws/node`, { perMessageDeflate: false });
    this.socket.on('error', () => undefined);
    this.socket.on('open', () => this.register());
    this.socket.on('message', (data) => this.take(Buffer.isBuffer(data) ? data.toString() : ''));
    this.socket.on('close', (code, reason) => (this.closedBecause ??= `${code} ${reason.toString()}`));
  }

  static async join(network: Network, options: HostileOptions): Promise<HostileNode> {
    const node = new HostileNode(await network.way(options.name), options);
    await mustBecome('a hostile node is let in', () => node.hasJoined, JOIN_MS);
    return node;
  }

  send(type: string, payload: object): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify({ msg_id: 'x', msg_type: type, payload, sender_id: this.nodeId }));
  }

  /** An answer as an honest node gives it, to be spoilt. */
  answer(task: TaskAssign, text: string, units = requestUnits(task.content)): TaskResult {
    const { task_id, epoch = 1 } = task;
    return {
      task_id,
      node_id: this.nodeId,
      epoch,
      status: 'completed',
      result: text,
      work: this.sign(task, text, units),
    };
  }

  async leave(): Promise<void> {
    if (this.socket.readyState !== WebSocket.CLOSED) {
      this.socket.terminate();
      await once(this.socket, 'close');
    }
    await this.way.close();
  }

  private register(): void {
    const services = [{ id: 'echo', concurrency: this.options.concurrency }];
    const protocol = { version: 1, public_key: this.signer.publicKey, services, resume: [] };
    this.send('NODE_REGISTER', { node_id: this.nodeId, name: this.name, capabilities: ['echo'], protocol });
  }

  private take(text: string): void {
    const { msg_type, payload } = JSON.parse(text);
    if (msg_type === 'CHALLENGE') this.prove(payload);
    if (msg_type === 'CREDIT_UPDATE') this.hasJoined = true;
    if (msg_type !== 'TASK_ASSIGN') return;
    this.given.push(payload.task_id);
    // A task that is to take long is not done at once here, either.
    if (Number(payload.params.delay_ms ?? 0) < LONG_MS) this.options.onTask(payload, this);
  }

  private prove({ nonce, coordinator_key: coordinatorKey }: Challenge): void {
    const { host } = new URL(this.way.url);
    const message = Buffer.from(proofMessage({ nonce, coordinatorKey, host, nodeId: this.nodeId }));
    this.send('PROOF', { signature: Buffer.from(this.signer.sign(message)).toString('base64') });
  }

  private sign(task: TaskAssign, text: string, units: number): SignedWork {
    const now = new Date().toISOString();
    const hash = (content: string) => createHash('sha256').update(content).digest('hex');
    const metadata = { service: task.task_type, input_sha256: hash(task.content), output_sha256: hash(text) };
    const { receipt } = task;
    const payload = receiptPayload({
      receiptId: receipt?.receipt_id ?? '',
      jobId: task.task_id,
      minerId: this.nodeId,
      clientId: receipt?.client ?? '',
      units,
      unitType: receipt?.unit_type ?? '',
      unitPriceMicro: BigInt(receipt?.unit_price_micro ?? 0),
      startedAt: now,
      completedAt: now,
      metadata,
    });
    const [signature] = signBatch(crypto, this.signer, [payloadBytes(payload)]);
    if (!signature) throw new Error('One payload has one signature');
    return { units, started_at: now, completed_at: now, metadata, signature };
  }
}

/** A key that nobody knows. */
export function newSigner(): Signer {
  const { privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
  const keyId = createHash('sha256').update(raw).digest('hex').slice(0, 16);
  return { publicKey: raw.toString('base64'), keyId, sign: (message) => sign(null, message, privateKey) };
}

function keyOf(raw: Uint8Array): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') },
    format: 'jwk',
  });
}
