import { randomBytes } from 'node:crypto';
import type {
  Caller,
  LeaseDesk,
  LiveNode,
  NodeAdmission,
  NodeCredentials,
  NodeRegistry,
  UptimeDesk,
} from '@plexus/core';
import { DomainError, noteHeartbeat } from '@plexus/core';
import { decodeBase64, type Heartbeat, type NodeRegister, proofMessage, type ReceiptCrypto } from '@plexus/protocol';
import type { Logger } from 'pino';
import { type NodeMessage, readFrame } from './frames.ts';
import { CLOSE } from '../http/close-codes.ts';
import { isKeyLike } from '../keys/credentials.ts';
import type { PeerExchange, PeerNode } from '../peers/peer-exchange.ts';
import { OffenceBudget } from './offence-budget.ts';
import type { Session } from './session.ts';
import type { SocketPlace } from './socket-gate.ts';

export interface ConnectionDeps {
  readonly admission: NodeAdmission;
  readonly registry: NodeRegistry;
  readonly desk: LeaseDesk;
  readonly uptime: UptimeDesk;
  readonly peers: PeerExchange;
  /** Micro-credits of an account. */
  readonly balanceOf: (accountId: string) => Promise<bigint>;
  readonly crypto: ReceiptCrypto;
  /** The coordinator's own public key, standard base64. */
  readonly publicKey: string;
  readonly logger: Logger;
  /** Told why a connection is ended, by a code of a closed list. */
  readonly onRefusal: (code: string) => void;
}

/** What is known of a node before its first message. */
export interface Origin {
  /** Host header of the request that opened the socket: part of what a node proves. */
  readonly host: string;
  /** Where the socket comes from. */
  readonly address: string;
  /** Whose API key the node brought, if it brought one. */
  readonly caller: Caller | undefined;
  /** Its place among all sockets, until its node has registered among those of strangers. */
  readonly place: SocketPlace;
}

/** Where a connection is: nothing said, asked to prove its key, being looked up, or at work. */
type Stage =
  | { readonly at: 'new' }
  | { readonly at: 'challenged'; readonly register: NodeRegister; readonly publicKey: string; readonly nonce: string }
  | { readonly at: 'admitting' }
  | { readonly at: 'ready'; readonly node: LiveNode }
  | { readonly at: 'closed' };

/** Seed 000 prints a key where it means an account's id; whoever does so at a node is not to show the key to all. */
const KEY_AS_ID =
  'Everybody is shown a node_id, and this one looks like an API key: choose another, and bring the key as Authorization: Bearer';

/** One node's side of the protocol, from its register to its last word. */
export class Connection {
  readonly session: Session;
  /** Milliseconds of a clock that nobody sets. */
  lastHeartbeatAt = performance.now();
  private stage: Stage = { at: 'new' };
  private peer: PeerNode | undefined;
  private readonly origin: Origin;
  private readonly deps: ConnectionDeps;
  private readonly offences = new OffenceBudget(() => performance.now());

  constructor(session: Session, origin: Origin, deps: ConnectionDeps) {
    this.session = session;
    this.origin = origin;
    this.deps = deps;
  }

  get isReady(): boolean {
    return this.stage.at === 'ready';
  }

  /**
   * Takes one frame in.
   *
   * @returns a promise when no further frame may be read until it is settled
   */
  receive(text: string): Promise<void> | undefined {
    // What came before the other side heard of the close.
    if (this.stage.at === 'closed') return undefined;
    const frame = readFrame(text);
    if (this.stage.at === 'new' && frame.letterCase) this.session.letterCase = frame.letterCase;
    if (!frame.ok) {
      this.offend(frame.code, frame.why);
      if (this.stage.at === 'ready' && frame.result) this.deps.desk.result(this.stage.node, frame.result);
      if (this.stage.at === 'new') this.refuse('REGISTER_FIRST', 'The first message must be a valid NODE_REGISTER');
      return undefined;
    }
    return this.handle(frame.message)?.catch((error: unknown) => {
      if (!(error instanceof DomainError)) throw error;
      this.refuse(error.code, error.message);
    });
  }

  /** The socket is gone, or nothing that comes over it counts any more. */
  closed(): void {
    const stage = this.stage;
    this.stage = { at: 'closed' };
    if (stage.at !== 'ready') return;
    if (this.peer) this.deps.peers.leave(this.peer);
    const gone = this.deps.registry.disconnect(this.session, stage.node.record.id);
    this.deps.desk.lost(gone ?? stage.node);
    this.deps.logger.info({ nodeId: stage.node.record.id }, 'node disconnected');
  }

  /** Ends the connection with a reason that the node is told. Its tasks go elsewhere at once, also when it does not hang up. */
  refuse(code: string, message: string, closeCode: number = CLOSE.policy): void {
    if (this.stage.at === 'closed') return;
    this.deps.logger.warn({ nodeId: this.session.nodeId, code }, message);
    this.deps.onRefusal(code);
    this.session.refuse(code, message);
    this.session.close(code, closeCode);
    this.closed();
  }

  /** Counts a message that should not have come. */
  offend(code: string, message: string): void {
    if (this.offences.spend()) this.session.refuse(code, message);
    else this.refuse('FLOODING', 'Too many useless messages');
  }

  private handle(message: NodeMessage): Promise<void> | undefined {
    switch (this.stage.at) {
      case 'new':
        if (message.type === 'NODE_REGISTER') return this.begin(message.payload);
        this.refuse('REGISTER_FIRST', 'The first message must be NODE_REGISTER');
        return undefined;
      case 'challenged':
        if (message.type === 'PROOF') return this.prove(this.stage, message.payload.signature);
        this.refuse('PROOF_EXPECTED', 'Answer the CHALLENGE with a PROOF');
        return undefined;
      case 'ready':
        return this.work(this.stage.node, message);
      case 'admitting':
      case 'closed':
        return undefined;
    }
  }

  private begin(register: NodeRegister): Promise<void> | undefined {
    if (isKeyLike(register.node_id)) {
      this.refuse('NODE_IDENTITY_REFUSED', KEY_AS_ID);
      return undefined;
    }
    this.session.nodeId = register.node_id;
    this.session.knowsOurs = register.protocol !== undefined;
    const publicKey = register.protocol?.public_key;
    if (publicKey === undefined) return this.admit(register, {});
    const nonce = randomBytes(32).toString('base64');
    this.stage = { at: 'challenged', register, publicKey, nonce };
    this.session.send('CHALLENGE', { nonce, coordinator_key: this.deps.publicKey });
    return undefined;
  }

  private prove(stage: Extract<Stage, { at: 'challenged' }>, signature: string): Promise<void> | undefined {
    const { register, publicKey, nonce } = stage;
    const message = proofMessage({
      nonce,
      coordinatorKey: this.deps.publicKey,
      host: this.origin.host,
      nodeId: register.node_id,
    });
    const [key, sig] = [decodeBase64(publicKey), decodeBase64(signature)];
    if (key && sig && this.deps.crypto.verify(key, Buffer.from(message), sig)) {
      return this.admit(register, { provenKey: publicKey });
    }
    const { host } = this.origin;
    this.refuse(
      'NODE_IDENTITY_REFUSED',
      `The proof does not verify under the key named at register, for the Host "${host}" under which it came here: a proxy between has to pass Host on as it is`,
    );
    return undefined;
  }

  private async admit(register: NodeRegister, proof: Pick<NodeCredentials, 'provenKey'>): Promise<void> {
    const { admission, registry, desk, balanceOf, logger } = this.deps;
    this.stage = { at: 'admitting' };
    this.session.isProven = proof.provenKey !== undefined;
    const isLive = registry.find(register.node_id) !== undefined;
    const caller = this.origin.caller && { caller: this.origin.caller };
    const record = await admission.admit(register, { ...proof, ...caller, isLive });
    const balance = await balanceOf(record.accountId);
    const node = await registry.connect(record, register, this.session);
    if (!this.isOpen()) {
      registry.disconnect(this.session, record.id);
      return;
    }
    this.stage = { at: 'ready', node };
    this.origin.place.registered();
    this.lastHeartbeatAt = performance.now();
    this.session.credit(balance, 0n, 'connected');
    this.deps.uptime.joined(node);
    this.meetPeers(record.publicKey, register);
    logger.info(
      { nodeId: record.id, capabilities: record.capabilities, custodial: record.custodial },
      'node connected',
    );
    desk.joined(node, register.protocol?.resume ?? []);
  }

  /** Makes the node known to others that it can call, and that can call it. */
  private meetPeers(publicKey: string | undefined, { node_id: nodeId, protocol }: NodeRegister): void {
    const { port } = protocol?.peer ?? {};
    if (port === undefined || publicKey === undefined) return;
    const { address: host } = this.origin;
    this.peer = { nodeId, publicKey, host, port, tell: (peers) => this.session.send('PEERS', peers) };
    this.deps.peers.join(this.peer);
  }

  private isOpen(): boolean {
    return this.stage.at !== 'closed';
  }

  private work(node: LiveNode, message: NodeMessage): Promise<void> | undefined {
    const { registry, desk } = this.deps;
    switch (message.type) {
      case 'TASK_RESULT':
        return this.count(desk.result(node, message.payload));
      case 'TASK_PROGRESS':
        return this.count(desk.progress(node, message.payload));
      case 'HEARTBEAT':
        this.lastHeartbeatAt = performance.now();
        noteHeartbeat(node, message.payload, new Date());
        return this.beat(node, message.payload);
      case 'NODE_REGISTER':
        return this.renew(node, message.payload);
      case 'DRAIN':
        registry.drain(node);
        return undefined;
      case 'TASK_CHUNK':
        return this.count(desk.chunk(node, message.payload));
      case 'TASK_ACCEPT':
        return this.count(desk.holds(node, message.payload));
      case 'PROOF':
      case 'BENCHMARK_RESULT':
        return this.count(false);
    }
  }

  /** A heartbeat is of use when it proves how long the node was up. While that is written, the node's work goes on. */
  private beat(node: LiveNode, { uptime }: Heartbeat): undefined {
    if (!uptime) return this.count(false);
    const { id: nodeId } = node.record;
    const failed = (error: unknown) =>
      this.deps.logger.warn({ err: error, nodeId }, "a node's time of being up could not be written");
    void this.deps.uptime.claim(node, uptime).then((isGood) => this.count(isGood), failed);
    return undefined;
  }

  /** A node that says anew what it offers; who it is cannot change on one socket. */
  private async renew(node: LiveNode, register: NodeRegister): Promise<void> {
    const { id, publicKey } = node.record;
    if (register.node_id !== id || register.protocol?.public_key !== publicKey) {
      this.refuse('NODE_IDENTITY_REFUSED', 'A connection belongs to one node and one key');
      return;
    }
    const caller = this.origin.caller && { caller: this.origin.caller };
    const proof = publicKey === undefined ? {} : { provenKey: publicKey };
    const record = await this.deps.admission.admit(register, { ...proof, ...caller, isLive: false });
    if (!this.isReady) return;
    this.deps.registry.update(node, record, register);
    // Its certificate may be what it asks for anew.
    if (this.peer) this.deps.peers.join(this.peer);
    else this.meetPeers(record.publicKey, register);
    this.deps.desk.joined(node, []);
  }

  /** Counts a message that did no good; one too many ends the connection. */
  private count(wasUseful: boolean): undefined {
    if (!wasUseful && !this.offences.spend()) this.refuse('FLOODING', 'Too many useless messages');
    return undefined;
  }
}
