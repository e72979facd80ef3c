/** What a node says at register of the containers that it serves Infernet's clients with. */
import Type, { type Static } from 'typebox';

/** Figures of containers, where the node's operator sets none. Source: contract/infernet.md for the times. */
export const CONTAINER_DEFAULTS = { concurrency: 16, queue: 1000, timeoutSeconds: 180, resultSeconds: 86_400 } as const;
/** Containers of one node, and of one job. */
export const MAX_CONTAINERS = 100;
export const MAX_CHAIN = 20;
/** Addresses, or networks, of one list. */
const MAX_ALLOWED = 1000;

export const ContainerId = Type.String({ minLength: 1, maxLength: 200 });
const Address = Type.String({ minLength: 1, maxLength: 100 });

/** Calls that one client may make in so many seconds. */
export const CallRate = Type.Object({
  calls: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  seconds: Type.Number({ exclusiveMinimum: 0, maximum: 86_400 }),
});
export type CallRate = Static<typeof CallRate>;

/** One container, as the coordinator must know it to take jobs for it. */
export const ContainerOffer = Type.Object({
  id: ContainerId,
  image: Type.String({ maxLength: 500 }),
  description: Type.Optional(Type.String({ maxLength: 2000 })),
  /** Whether a job may begin with it. */
  external: Type.Boolean(),
  /** Networks of the clients that may use it; everybody where there is none. */
  allowed_ips: Type.Optional(Type.Array(Address, { maxItems: MAX_ALLOWED })),
  /** Owners of subscriptions that may use it; everybody where there is none. */
  allowed_addresses: Type.Optional(Type.Array(Address, { maxItems: MAX_ALLOWED })),
  generates_proofs: Type.Boolean(),
  /** Micro-credits of one answer; free where there is none. */
  price_micro: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,12}$' })),
  rate_limit: Type.Optional(CallRate),
  timeout_seconds: Type.Number({ exclusiveMinimum: 0, maximum: 86_400 }),
  /** Jobs that it may have running or waiting. */
  max_pending: Type.Integer({ minimum: 1, maximum: 100_000 }),
});
export type ContainerOffer = Static<typeof ContainerOffer>;

/** The chain that a node knows subscriptions from. */
export const ChainOffer = Type.Object({
  chain_id: Type.Integer({ minimum: 1 }),
  /** Of the coordinator contract. */
  address: Address,
  /** Subscriptions whose answers are due or under way. */
  pending: Type.Integer({ minimum: 0 }),
});
export type ChainOffer = Static<typeof ChainOffer>;

export const InfernetSite = Type.Object({
  containers: Type.Array(ContainerOffer, { maxItems: MAX_CONTAINERS }),
  rate_limit: Type.Optional(CallRate),
  /** Networks of those who may tell the status of jobs that ran elsewhere; nobody where there is none. */
  status_ips: Type.Optional(Type.Array(Address, { maxItems: MAX_ALLOWED })),
  /** The original's clients of version 1 expect 405 where its documentation says 400. */
  refusal_status: Type.Union([Type.Literal(400), Type.Literal(405)]),
  /** Seconds that results are told for, since the job was made. */
  result_seconds: Type.Integer({ minimum: 1, maximum: 366 * 86_400 }),
  chain: Type.Optional(ChainOffer),
});
export type InfernetSite = Static<typeof InfernetSite>;
