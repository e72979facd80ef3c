import { Client, credentials as grpcCredentials, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import type { PeerCredentials } from './peer-credentials.ts';
import { MAX_PEER_MESSAGE_BYTES, type PeerIdentity, type PeerService } from './peer-service.ts';

/** A peer is asked so often whether it is there. */
const PING_EVERY_MS = 1000;
/** A call that takes longer has failed; a peer whose ping fails is none any more. */
const CALL_MS = 800;
/** How much of the newest ping enters the moving mean. */
const MEAN_WEIGHT = 0.2;

export interface PeerLinkOptions {
  readonly nodeId: string;
  /** `host:port` */
  readonly address: string;
  readonly credentials: PeerCredentials;
  readonly service: PeerService;
  /** Told of every call. */
  readonly onCall: () => void;
}

/** A peer that answers now. */
export interface ConnectedPeer {
  readonly identity: PeerIdentity;
  readonly address: string;
  /** Moving mean of pings. */
  readonly latencyMs: number;
  readonly since: Date;
}

/** The way to one peer: called every second, so that it is known to be there. */
export class PeerLink {
  readonly address: string;
  readonly #options: PeerLinkOptions;
  readonly #client: Client;
  readonly #timer: NodeJS.Timeout;
  #peer: ConnectedPeer | undefined;
  #isAsking = false;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.address = options.address;
    const { key, certificate, authority } = options.credentials;
    const secure = grpcCredentials.createSsl(authority, key, certificate, {
      // Any certificate of the network's authority would pass the handshake: it must be that node's own.
      checkServerIdentity: (_host, { subject }) =>
        subject.CN === options.nodeId ? undefined : new Error(`This is another node than ${options.nodeId}`),
    });
    this.#client = new Client(options.address, secure, {
      'grpc.max_receive_message_length': MAX_PEER_MESSAGE_BYTES,
      'grpc.initial_reconnect_backoff_ms': PING_EVERY_MS,
      'grpc.max_reconnect_backoff_ms': 5 * PING_EVERY_MS,
      'grpc.use_local_subchannel_pool': 1,
      // The name to ask for in TLS, which an address may not be.
      'grpc.ssl_target_name_override': options.nodeId.toLowerCase().replace(/[^a-z0-9-]/g, '-'),
    });
    this.#timer = setInterval(() => void this.#ask(), PING_EVERY_MS);
    this.#timer.unref();
    void this.#ask();
  }

  /** Undefined while it does not answer. */
  get peer(): ConnectedPeer | undefined {
    return this.#peer;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#peer = undefined;
    this.#client.close();
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const identity = await this.#call(this.#options.service.Identify);
      const startedAt = performance.now();
      await this.#call(this.#options.service.Ping);
      this.#note(identity, performance.now() - startedAt);
    } catch {
      this.#peer = undefined;
    } finally {
      this.#isAsking = false;
    }
  }

  #note(identity: PeerIdentity, pingMs: number): void {
    const { since = new Date(), latencyMs = pingMs } = this.#peer ?? {};
    this.#peer = {
      identity,
      address: this.address,
      latencyMs: latencyMs + MEAN_WEIGHT * (pingMs - latencyMs),
      since,
    };
  }

  #call<O>({ path, requestSerialize, responseDeserialize }: MethodDefinition<object, O>): Promise<O> {
    this.#options.onCall();
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, answer?: O): void => {
        if (answer === undefined) reject(error ?? new Error('The peer answered nothing'));
        else resolve(answer);
      };
      const deadline = Date.now() + CALL_MS;
      this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, { deadline }, done);
    });
  }
}
