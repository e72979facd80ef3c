/** Messages on AITBC's `WSS /ws`. Source: seed 002, "WebSocket API"; contract/aitbc.md for what the page leaves open. */
import Type, { type Static } from 'typebox';
import { Id, Instant, JobStatus } from './common.ts';

/** The kinds of events. Source: seed 002, "Message Types". */
const FEED_TYPES = ['job_update', 'marketplace_update', 'receipt_created'] as const;
const FeedType = Type.Enum(FEED_TYPES);

/** Anything that a client wants to find again in the answer. */
const RequestId = Type.Optional(Type.Union([Type.String({ maxLength: 100 }), Type.Number()]));

/** What a client may say, by `type`. */
export const FEED_REQUESTS = {
  /** The first message of a client that could not send a header, as browsers cannot. */
  auth: Type.Object({
    type: Type.Literal('auth'),
    id: RequestId,
    api_key: Type.String({ minLength: 1, maxLength: 200 }),
  }),
  /** Without `event` and `events` all kinds; with `jobId`, or `job_id` as in the events, only that job's events. */
  subscribe: Type.Object({
    type: Type.Literal('subscribe'),
    id: RequestId,
    event: Type.Optional(FeedType),
    events: Type.Optional(Type.Array(FeedType, { minItems: 1, maxItems: FEED_TYPES.length })),
    data: Type.Optional(Type.Object({ jobId: Type.Optional(Id), job_id: Type.Optional(Id) })),
  }),
  unsubscribe: Type.Object({
    type: Type.Literal('unsubscribe'),
    id: RequestId,
    subscription_id: Type.String({ maxLength: 100 }),
  }),
  ping: Type.Object({ type: Type.Literal('ping'), id: RequestId }),
};
export type FeedRequestType = keyof typeof FEED_REQUESTS;
export type FeedRequest = { [T in FeedRequestType]: Static<(typeof FEED_REQUESTS)[T]> }[FeedRequestType];

const Sequence = Type.Integer({ minimum: 0, description: 'Its place in the order of everything that happened.' });

/** An event, as the page shows it, and its number. */
export const FeedMessage = Type.Union([
  Type.Object({
    type: Type.Literal('job_update'),
    seq: Sequence,
    data: Type.Object({
      job_id: Type.String(),
      status: JobStatus,
      timestamp: Instant,
      progress: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
      miner_id: Type.Optional(Type.String()),
    }),
  }),
  Type.Object({
    type: Type.Literal('receipt_created'),
    seq: Sequence,
    data: Type.Object({ receipt_id: Type.String(), job_id: Type.String(), timestamp: Instant }),
  }),
  Type.Object({
    type: Type.Literal('marketplace_update'),
    seq: Sequence,
    data: Type.Object({
      offer_id: Type.String(),
      status: Type.String(),
      transaction_id: Type.Optional(Type.String()),
      timestamp: Instant,
    }),
  }),
]);
export type FeedMessage = Static<typeof FeedMessage>;

/** What answers a client's own messages; `seq` says that everything up to it was sent. */
export type FeedAnswer =
  | { readonly type: 'auth'; readonly id?: string | number; readonly status: 'ok'; readonly seq: number }
  | {
      readonly type: 'subscription';
      readonly id?: string | number;
      readonly subscription_id: string;
      readonly status: 'confirmed' | 'cancelled';
      readonly seq: number;
    }
  | { readonly type: 'pong'; readonly id?: string | number; readonly seq: number }
  | {
      readonly type: 'error';
      readonly id?: string | number;
      readonly error: { readonly code: string; readonly message: string; readonly details: object };
    };
