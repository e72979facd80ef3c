import { decodeBase64, encodeBase64, proofMessage } from '@plexus/protocol';
import type { Challenge, ErrorNotice, Heartbeat, NodeRegister } from '@plexus/protocol';
import type { Logger } from 'pino';
import type { CoordinatorAddress } from './address.ts';
import { type FrameWriter, type Incoming, readFrame } from './frames.ts';
import type { Identity } from './identity.ts';
import type { TrustStore } from './trust.ts';
import { Wire } from './wire.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 32;
const MAX_LOGGED_PROBLEMS = 20;
/** Refusals of a registration that another attempt does not change. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  'NODE_IDENTITY_REFUSED',
  'MISSING_API_KEY',
  'INVALID_API_KEY',
  'KEY_EXPIRED',
  'FORBIDDEN',
]);

/** Said to who is registered: another process made a newer connection, and would lose its place to an attempt of this one. */
const REPLACED = 'NODE_REPLACED';

/** Refusals of a socket that another attempt does not change. */
const REFUSALS: Readonly<Record<number, string>> = {
  401: "refused this node's token: give its node token, or a provider's key, with --token or PLEXUS_NODE_TOKEN",
  403: 'is not called by that name: its operator has to allow it with --allowed-host',
};

/** Where a status comes from that is no refusal of the coordinator's. */
function causeOf(status: number): string {
  if (status >= 500) return 'as where a proxy does not reach the coordinator, or it has no place for another node';
  return 'as where a proxy does not pass upgrades on';
}

/** What went over the way to the coordinator. */
export interface LinkTraffic {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly messages: number;
}

export interface ConnectionTimings {
  /** For the handshake, and again for the registration. */
  readonly setupMs: number;
  readonly heartbeatMs: number;
  readonly pingMs: number;
  readonly closeMs: number;
}

export type TaskMessage = Exclude<Incoming, { type: 'CHALLENGE' | 'CREDIT_UPDATE' | 'ERROR' }>;

export interface ConnectionEnd {
  readonly reason: string;
  readonly wasRegistered: boolean;
  /** Why no other attempt makes sense. */
  readonly fatal?: Error;
}

export interface ConnectionOptions {
  readonly address: CoordinatorAddress;
  readonly identity: Identity;
  readonly token: string | undefined;
  readonly trust: TrustStore;
  readonly frame: FrameWriter;
  readonly timings: ConnectionTimings;
  readonly logger: Logger;
  registration(): NodeRegister;
  heartbeat(): Heartbeat;
  onRegistered(): void;
  onMessage(message: TaskMessage): void;
  /** Called exactly once. */
  onEnded(end: ConnectionEnd): void;
}

/** One connection to the coordinator: it registers, proves the node's key and keeps up the heartbeat. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #wire: Wire;
  #fatal: Error | undefined;
  #isChallenged = false;
  #isRegistered = false;
  /** Whether there is more to offer than the registration said. */
  #isStale = false;
  #problems = 0;
  #messages = 0;
  #setup: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { address, token, timings } = options;
    const { setupMs, pingMs, closeMs } = timings;
    this.#wire = new Wire({
      url: address.socketUrl,
      token,
      handshakeMs: setupMs,
      pingMs,
      closeMs,
      onOpen: () => this.#opened(),
      onText: (text) => this.#take(text),
      onBinary: () => this.#report('it is binary'),
      onStatus: (status) => this.#refused(status),
      onEnded: (reason) => this.#ended(reason),
    });
  }

  /** Bytes of this connection, and messages both ways. */
  get traffic(): LinkTraffic {
    return { ...this.#wire.traffic, messages: this.#messages };
  }

  get unsentBytes(): number {
    return this.#wire.unsentBytes;
  }

  /** Writes the frames at once; false when the node is not registered here. */
  send(frames: readonly string[]): boolean {
    if (!this.#isRegistered || !this.#wire.isOpen) return false;
    this.#messages += frames.length;
    if (frames.length > 0) this.#wire.write(frames);
    return true;
  }

  /** Says anew what this node offers; while it is being registered, after that. */
  renew(): void {
    if (this.#isRegistered) this.#register();
    else this.#isStale = true;
  }

  close(): void {
    this.#wire.close();
  }

  #opened(): void {
    const { setupMs } = this.#options.timings;
    this.#setup = setTimeout(() => this.#wire.giveUp('the coordinator did not answer the registration'), setupMs);
    this.#isStale = false;
    this.#register();
  }

  #register(): void {
    this.#wire.write([this.#options.frame('NODE_REGISTER', this.#options.registration())]);
  }

  #take(text: string): void {
    this.#messages += 1;
    const read = readFrame(text);
    if ('problem' in read) return this.#report(read.problem);
    try {
      this.#handle(read.message);
    } catch (error) {
      // Whatever is wrong with one message, the node goes on with its work.
      this.#report(`${read.message.type}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #handle(message: Incoming): void {
    switch (message.type) {
      case 'CHALLENGE':
        return this.#prove(message.payload);
      case 'CREDIT_UPDATE':
        return this.#credited();
      case 'ERROR':
        return this.#noticed(message.payload);
      case 'TASK_ASSIGN':
        return this.#assigned(message);
      case 'PEERS':
      case 'TASK_CANCEL':
      case 'TASK_WINDOW':
      case 'DRAIN':
        return this.#options.onMessage(message);
    }
  }

  /** Work may come right after the proof: in one batch with the credit that ends the registration, and before it. */
  #assigned(message: TaskMessage): void {
    if (this.#isRegistered || this.#isChallenged) this.#options.onMessage(message);
    else this.#report('TASK_ASSIGN: this node is not registered');
  }

  #report(problem: string): void {
    this.#problems += 1;
    if (this.#problems <= MAX_LOGGED_PROBLEMS) {
      this.#options.logger.warn({ problem }, 'A frame of the coordinator was ignored');
    }
  }

  #prove(challenge: Challenge): void {
    const { trust, address, identity, frame } = this.#options;
    const { nonce, coordinator_key: coordinatorKey } = challenge;
    if (!isWhole(challenge)) return this.#report('CHALLENGE: a key and a nonce have 32 bytes each');
    try {
      trust.check(address.httpUrl, coordinatorKey);
    } catch (error) {
      return this.#stop(error instanceof Error ? error : new Error(String(error)));
    }
    this.#isChallenged = true;
    const message = proofMessage({ nonce, coordinatorKey, host: address.host, nodeId: identity.nodeId });
    this.#wire.write([frame('PROOF', { signature: encodeBase64(identity.signer.sign(Buffer.from(message))) })]);
  }

  #credited(): void {
    if (this.#isRegistered) return;
    const { address, trust, timings } = this.#options;
    if (!this.#isChallenged && trust.knows(address.httpUrl)) {
      return this.#stop(new Error(`The coordinator at ${address.httpUrl} had a key before, and now shows none`));
    }
    this.#isRegistered = true;
    clearTimeout(this.#setup);
    this.#heartbeat = setInterval(() => this.#beat(), timings.heartbeatMs);
    this.#options.onRegistered();
    if (this.#isStale) this.#register();
  }

  #beat(): void {
    this.#wire.write([this.#options.frame('HEARTBEAT', this.#options.heartbeat())]);
  }

  #noticed({ code, message }: ErrorNotice): void {
    this.#options.logger.warn({ code }, `The coordinator says: ${message}`);
    if (code === REPLACED) return this.#stop(this.#replaced());
    if (this.#isRegistered) return;
    if (FINAL_CODES.has(code)) this.#stop(new Error(`The coordinator refused this node (${code}): ${message}`));
    else this.#wire.blame(message);
  }

  #replaced(): Error {
    const { nodeId } = this.#options.identity;
    return new Error(`Another process has connected as ${nodeId}: give each node a home of its own (--home DIR)`);
  }

  #refused(status: number): string {
    const { httpUrl } = this.#options.address;
    const why = REFUSALS[status];
    if (why === undefined) return `${httpUrl} answered with HTTP ${status} instead of a WebSocket, ${causeOf(status)}`;
    this.#fatal ??= new Error(`The coordinator at ${httpUrl} ${why} (HTTP ${status})`);
    return this.#fatal.message;
  }

  #stop(fatal: Error): void {
    this.#fatal ??= fatal;
    this.#wire.giveUp(fatal.message);
  }

  #ended(reason: string): void {
    clearTimeout(this.#setup);
    clearInterval(this.#heartbeat);
    const fatal = this.#fatal;
    this.#options.onEnded({ reason, wasRegistered: this.#isRegistered, ...(fatal && { fatal }) });
  }
}

function isWhole({ nonce, coordinator_key: key }: Challenge): boolean {
  return decodeBase64(nonce)?.length === NONCE_BYTES && decodeBase64(key)?.length === KEY_BYTES;
}
