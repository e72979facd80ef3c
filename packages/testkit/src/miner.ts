import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import {
  keyIdOf,
  type NodeRegister,
  payloadBytes,
  proofMessage,
  type ReceiptCrypto,
  receiptPayload,
  type ServiceOffer,
  signBatch,
  type Signer,
  type TaskAssign,
} from '@plexus/protocol';
import { RawNode, type WireMessage } from './raw-node.ts';

/** What a miner is, and has. */
export interface MinerOptions {
  readonly nodeId: string;
  readonly services: readonly ServiceOffer[];
  readonly resources?: NonNullable<NodeRegister['protocol']>['resources'];
  /** The key of whoever owns it. */
  readonly token?: string;
}

/** What a miner says it did. */
export interface MinedWork {
  readonly output: string;
  readonly units: number;
  readonly metadata?: Readonly<Record<string, string | number>>;
}

const nodeCrypto: ReceiptCrypto = {
  sha256: (data) => createHash('sha256').update(data).digest(),
  verify: (key, message, signature) =>
    verify(null, message, { key: Buffer.from(key), format: 'der', type: 'spki' }, signature),
};

/** A node with a key of its own that offers what a test wants it to, and does what the test tells it. */
export class Miner {
  readonly raw: RawNode;
  private readonly options: MinerOptions;
  private readonly signer: Signer;

  private constructor(raw: RawNode, options: MinerOptions) {
    this.raw = raw;
    this.options = options;
    this.signer = newSigner();
  }

  /** Connects and proves its key. */
  static async connect(coordinatorUrl: string, options: MinerOptions): Promise<Miner> {
    const { nodeId, services, resources, token } = options;
    const raw = await RawNode.connect(coordinatorUrl, token === undefined ? {} : { token });
    const miner = new Miner(raw, options);
    const { publicKey } = miner.signer;
    const offer = { version: 1, public_key: publicKey, services: [...services], resume: [] };
    raw.send('NODE_REGISTER', { node_id: nodeId, protocol: resources ? { ...offer, resources } : offer });
    const { nonce, coordinator_key: coordinatorKey } = (await raw.next('CHALLENGE')).payload;
    const { host } = new URL(coordinatorUrl);
    const parts = { nonce: String(nonce), coordinatorKey: String(coordinatorKey), host, nodeId };
    const signature = Buffer.from(miner.signer.sign(Buffer.from(proofMessage(parts)))).toString('base64');
    raw.send('PROOF', { signature });
    await raw.next('CREDIT_UPDATE');
    return miner;
  }

  /** The next task that it is given. */
  async task(): Promise<TaskAssign> {
    return toTask(await this.raw.next('TASK_ASSIGN'));
  }

  /** Does every task from now on. */
  serve(work: (task: TaskAssign) => MinedWork): void {
    this.raw.each('TASK_ASSIGN', (message) => this.complete(toTask(message), work(toTask(message))));
  }

  progress({ task_id, epoch }: TaskAssign, percent: number): void {
    this.raw.send('TASK_PROGRESS', { task_id, epoch, percent });
  }

  /** Answers a task with signed work. */
  complete({ task_id, epoch, receipt }: TaskAssign, { output, units, metadata = {} }: MinedWork): void {
    if (!receipt) throw new Error('The task has no terms of a receipt');
    const { nodeId } = this.options;
    const at = new Date().toISOString();
    const payload = receiptPayload({
      receiptId: receipt.receipt_id,
      jobId: task_id,
      minerId: nodeId,
      clientId: receipt.client,
      units,
      unitType: receipt.unit_type,
      unitPriceMicro: BigInt(receipt.unit_price_micro),
      startedAt: at,
      completedAt: at,
      metadata,
    });
    const [signature] = signBatch(nodeCrypto, this.signer, [payloadBytes(payload)]);
    const work = { units, started_at: at, completed_at: at, metadata, signature };
    this.raw.send('TASK_RESULT', { task_id, node_id: nodeId, status: 'completed', result: output, epoch, work });
  }

  /** Answers a task with a failure that no other node would avoid. */
  refuse({ task_id, epoch }: TaskAssign, message: string): void {
    const error = { code: 'INVALID_INPUT', message, retryable: false };
    this.raw.send('TASK_RESULT', {
      task_id,
      node_id: this.options.nodeId,
      status: 'failed',
      result: message,
      epoch,
      error,
    });
  }
}

function toTask({ payload }: WireMessage): TaskAssign {
  // The coordinator under test wrote it; a wrong shape fails the test's own expectations.
  return payload as unknown as TaskAssign;
}

/** Raw bytes of an Ed25519 public key end its DER form. */
const RAW_KEY_BYTES = 32;

function newSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-RAW_KEY_BYTES);
  return {
    publicKey: raw.toString('base64'),
    keyId: keyIdOf(nodeCrypto, raw),
    sign: (message) => sign(null, message, privateKey),
  };
}
