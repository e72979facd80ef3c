import { aitbcErrorCode } from '@plexus/api';
import {
  type Authenticator,
  type Caller,
  DomainError,
  type EventWish,
  type JobService,
  keyLossOf,
  requireScope,
} from '@plexus/core';
import type { FeedRequest } from '@plexus/protocol';
import type { Logger } from 'pino';
import { CLOSE } from '../http/close-codes.ts';
import { OffenceBudget } from '../hub/offence-budget.ts';
import { readFeedRequest } from './feed-requests.ts';
import { type FeedReader, MAX_SUBSCRIPTIONS } from './feed-reader.ts';
import type { FeedSocket } from './feed-socket.ts';
import type { ReaderPlace } from './reader-gate.ts';

const ALL_TYPES: EventWish['types'] = ['job_update', 'marketplace_update', 'receipt_created'];

export interface FeedConnectionDeps {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly jobs: Pick<JobService, 'get'>;
  readonly logger: Logger;
  /**
   * A reader where this connection wants to read from.
   *
   * @throws {DomainError} INVALID_INPUT when that is after what has not happened yet
   */
  readonly createReader: (caller: Caller, socket: FeedSocket) => Promise<FeedReader>;
}

/** One socket: who reads it, and what it asks for. */
export class FeedConnection {
  readonly socket: FeedSocket;
  readonly place: ReaderPlace;
  reader: FeedReader | undefined;
  private apiKey = '';
  private subscriptions = 0;
  private readonly deps: FeedConnectionDeps;
  private readonly messages = new OffenceBudget(() => Date.now());

  constructor(socket: FeedSocket, place: ReaderPlace, deps: FeedConnectionDeps) {
    this.socket = socket;
    this.place = place;
    this.deps = deps;
  }

  /** Lets a caller in whose key was found valid; `greet` is said before anything else. */
  async enter(apiKey: string, caller: Caller, greet?: (reader: FeedReader) => void): Promise<void> {
    try {
      requireScope(caller, 'read');
      if (!this.place.belongTo(caller.keyId)) {
        return this.socket.refuse('RATE_LIMIT_EXCEEDED', 'This key has as many readers as it may', CLOSE.tryAgain);
      }
      this.apiKey = apiKey;
      this.reader = await this.deps.createReader(caller, this.socket);
      greet?.(this.reader);
      this.reader.begin().catch((error: unknown) => this.end(error));
    } catch (error) {
      this.end(error);
    }
  }

  /** Takes one text frame in. No further one may be read until the promise is settled. */
  async receive(text: string): Promise<void> {
    if (!this.messages.spend()) return this.socket.refuse('FLOODING', 'Too many messages', CLOSE.policy);
    try {
      const read = readFeedRequest(text);
      if (!read.ok) return this.complain(read, 'INVALID_PAYLOAD', read.message);
      await this.answer(read.request);
    } catch (error) {
      this.end(error);
    }
  }

  /** Looks whether the key is still good: it may have been revoked or have expired. */
  async checkKey(): Promise<void> {
    if (!this.reader) return;
    const loss = await keyLossOf(this.deps.authenticator, this.apiKey);
    if (loss) this.end(loss);
  }

  private async answer(request: FeedRequest): Promise<void> {
    const { reader } = this;
    if (!reader) {
      if (request.type === 'auth') return await this.authenticate(request);
      return this.socket.refuse('INVALID_API_KEY', 'The first message must be {type: "auth", api_key}', CLOSE.policy);
    }
    const { type, id } = request;
    const named = id === undefined ? {} : { id };
    switch (type) {
      case 'auth':
        return this.complain(request, 'CONFLICT_STATE', 'This connection has its key already');
      case 'ping':
        return this.socket.say({ type: 'pong', ...named, seq: reader.position });
      case 'unsubscribe':
        return this.unsubscribe(reader, request);
      case 'subscribe':
        return await this.subscribe(reader, request);
    }
  }

  private async authenticate({ id, api_key: apiKey }: Extract<FeedRequest, { type: 'auth' }>): Promise<void> {
    const caller = await this.deps.authenticator.authenticate(apiKey);
    const named = id === undefined ? {} : { id };
    await this.enter(apiKey, caller, ({ position: seq }) => {
      this.socket.say({ type: 'auth', ...named, status: 'ok', seq });
    });
  }

  private async subscribe(reader: FeedReader, request: Extract<FeedRequest, { type: 'subscribe' }>): Promise<void> {
    const { id, event, events = event ? [event] : ALL_TYPES, data = {} } = request;
    const { job_id: named, jobId = named } = data;
    try {
      if (jobId !== undefined) await this.deps.jobs.get(reader.caller, jobId);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return this.complain(request, aitbcErrorCode(error.code), error.message);
    }
    const subscriptionId = `sub_${++this.subscriptions}`;
    if (!reader.subscribe(subscriptionId, { types: events, ...(jobId !== undefined && { jobId }) })) {
      return this.complain(
        request,
        'RATE_LIMIT_EXCEEDED',
        `A connection has ${MAX_SUBSCRIPTIONS} subscriptions at most`,
      );
    }
    const answered = id === undefined ? {} : { id };
    const said = { subscription_id: subscriptionId, status: 'confirmed', seq: reader.position } as const;
    this.socket.say({ type: 'subscription', ...answered, ...said });
  }

  private unsubscribe(reader: FeedReader, request: Extract<FeedRequest, { type: 'unsubscribe' }>): void {
    const { id, subscription_id: subscriptionId } = request;
    if (!reader.unsubscribe(subscriptionId)) {
      return this.complain(request, 'INVALID_PAYLOAD', 'subscription_id: there is no such subscription');
    }
    const named = id === undefined ? {} : { id };
    const said = { subscription_id: subscriptionId, status: 'cancelled', seq: reader.position } as const;
    this.socket.say({ type: 'subscription', ...named, ...said });
  }

  private complain({ id }: { readonly id?: string | number }, code: string, message: string): void {
    this.socket.say({ type: 'error', ...(id !== undefined && { id }), error: { code, message, details: {} } });
  }

  private end(error: unknown): void {
    if (error instanceof DomainError)
      return this.socket.refuse(aitbcErrorCode(error.code), error.message, CLOSE.policy);
    this.deps.logger.error({ err: error }, 'a reader of the feed failed');
    this.socket.refuse('INTERNAL_ERROR', 'Internal server error', CLOSE.tryAgain);
  }
}
