/**
 * Messages between a node and the coordinator on `WebSocket /ws/node`.
 * The names and first fields are those of seed 000, "Message types"; what stands under "ours" is
 * negotiated by `payload.protocol` at register, so that a node of the original system still works.
 */
import Type, { type Static } from 'typebox';
import { InfernetSite } from '../infernet/site.ts';
import { Peers } from './peers.ts';
import { ReceiptSignature } from '../receipts/receipt.ts';

/** Version of our additions, sent as `payload.protocol.version`. */
export const NODE_PROTOCOL_VERSION = 1;
/** Seconds between two heartbeats. Source: seed 000, "Connection flow", step 6. */
export const HEARTBEAT_SECONDS = 30;

const Text = (maxLength: number) => Type.String({ maxLength });
const Id = Type.String({ minLength: 1, maxLength: 200 });
/** Printable ASCII: a node's id stands in headers, paths and receipts. */
const NodeId = Type.String({ minLength: 1, maxLength: 200, pattern: '^[\\x20-\\x7e]+$' });
const Whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Epoch = Type.Integer({ minimum: 1 });
const Lease = Type.Object({ task_id: Id, epoch: Epoch });

/** Every message. Only `msg_type` is mandatory when parsing; both letter cases are accepted. */
export const Envelope = Type.Object({
  msg_id: Type.Optional(Text(200)),
  msg_type: Type.String({ minLength: 1, maxLength: 64 }),
  payload: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  sender_id: Type.Optional(Text(200)),
  timestamp: Type.Optional(Text(64)),
});
export type Envelope = Static<typeof Envelope>;

/** One kind of work of a node, with how many tasks of it run at once. */
export const ServiceOffer = Type.Object({
  id: Id,
  concurrency: Type.Integer({ minimum: 1, maximum: 10_000 }),
  models: Type.Optional(Type.Array(Text(200), { maxItems: 100 })),
  /** SHA-256 in hex of each model's weights: only a node with the same weights can go on with another's answer. */
  weights: Type.Optional(Type.Record(Text(200), Type.String({ pattern: '^[0-9a-f]{64}$' }), { maxProperties: 100 })),
  /** What its engine can do beyond the plain service. */
  features: Type.Optional(Type.Array(Text(64), { maxItems: 100 })),
});
export type ServiceOffer = Static<typeof ServiceOffer>;

/** Ours: what the node's machine has, for jobs that ask for so much. */
const NodeResources = Type.Object({
  /** Thousandths of a processor. */
  cpu_millis: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
  memory_bytes: Whole,
  /** In use, by whatever. */
  memory_used_bytes: Type.Optional(Whole),
  gpus: Type.Array(Type.Object({ name: Text(200), memory_bytes: Whole }), { maxItems: 64 }),
});

/** An address and a port at which a node answers `GET /jsonstats`. */
const StatsPlace = Type.Object({
  host: Type.String({ maxLength: 253, pattern: '^[0-9A-Za-z.:_-]+$' }),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
});

/** Ours: what a node that speaks our additions says at register. */
const RegisterProtocol = Type.Object({
  version: Type.Integer({ minimum: 1 }),
  /** Raw Ed25519 public key, standard base64. */
  public_key: Type.String({ minLength: 44, maxLength: 44 }),
  services: Type.Array(ServiceOffer, { maxItems: 200 }),
  /** Services that it may soon offer: it looks for their engines, installs them or loads their models. */
  setting_up: Type.Optional(Type.Array(Id, { maxItems: 200 })),
  /** Leases that the node still works on after it lost its connection. */
  resume: Type.Array(Lease, { maxItems: 10_000 }),
  software: Type.Optional(Text(100)),
  resources: Type.Optional(NodeResources),
  /** Where it says how it does, for the fleet's manager. */
  stats: Type.Optional(StatsPlace),
  /** Where other nodes can call it by gRPC; absent where they cannot. */
  peer: Type.Optional(Type.Object({ port: Type.Integer({ minimum: 1, maximum: 65_535 }) })),
  /** What its language model is made of, where the file is known. */
  model: Type.Optional(
    Type.Object({
      layers: Type.Integer({ minimum: 0, maximum: 100_000 }),
      hidden_dim: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
      parameters: Type.Integer({ minimum: 0 }),
    }),
  ),
  /** Its containers, for Infernet's clients. */
  infernet: Type.Optional(InfernetSite),
});

export const NodeRegister = Type.Object({
  node_id: NodeId,
  name: Type.Optional(Text(200)),
  capabilities: Type.Optional(Type.Array(Id, { maxItems: 200 })),
  languages: Type.Optional(Type.Array(Text(35), { maxItems: 500 })),
  model_info: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  protocol: Type.Optional(RegisterProtocol),
});
export type NodeRegister = Static<typeof NodeRegister>;

/** Ours: the coordinator's question to a node that named a public key. */
export const Challenge = Type.Object({
  /** 32 random bytes, standard base64. */
  nonce: Type.String(),
  /** The coordinator's own public key, so that a proof cannot be carried to another coordinator. */
  coordinator_key: Type.String(),
});
export type Challenge = Static<typeof Challenge>;

/** Ours: signature of `proofMessage(...)` by the key named at register. */
export const Proof = Type.Object({ signature: Type.String({ maxLength: 100 }) });
export type Proof = Static<typeof Proof>;

export const Heartbeat = Type.Object({
  node_id: Type.Optional(Text(200)),
  active_tasks: Type.Optional(Type.Integer({ minimum: 0 })),
  cpu_percent: Type.Optional(Type.Number({ minimum: 0 })),
  /** The same from 0 to 1, as `GET /api/v1/nodes` prints it: seed 000 asks for "load info" and names no fields. */
  load: Type.Optional(Type.Number({ minimum: 0 })),
  /** Ours: memory of its machine that is in use. */
  memory_used_bytes: Type.Optional(Whole),
  /** Ours: that it was up, from one moment to another, signed by its own key. */
  uptime: Type.Optional(Type.Object({ from_ms: Whole, to_ms: Whole, signature: Type.String({ maxLength: 100 }) })),
});
export type Heartbeat = Static<typeof Heartbeat>;

/** Ours: what the node needs to sign a receipt for the task. */
export const ReceiptTerms = Type.Object({
  receipt_id: Type.String(),
  client: Type.String(),
  unit_type: Type.String(),
  /** Micro-credits of one unit, as decimal text. */
  unit_price_micro: Type.String({ pattern: '^\\d{1,18}$' }),
  /** The most units that will be paid. */
  max_units: Type.Integer({ minimum: 0 }),
  /** Whether the receipt must have a signature of its own, and none of a batch. */
  alone: Type.Optional(Type.Literal(true)),
});
export type ReceiptTerms = Static<typeof ReceiptTerms>;

/** Ours: how far other nodes came with a task that is streamed; the next one goes on from there. */
export const TaskResume = Type.Object({
  /** All that was delivered. */
  text: Type.String(),
  /** The engine's own ids of the delivered tokens, all of them. */
  token_ids: Type.Array(Type.Integer({ minimum: 0 })),
  /** Tokens of the prompt, as the first node counted them. */
  prompt_tokens: Type.Integer({ minimum: 0 }),
  /** Who did how much, oldest first: the prompt's tokens are the first one's. */
  segments: Type.Array(Type.Object({ node_id: Id, units: Type.Integer({ minimum: 0 }) }), { maxItems: 100 }),
});
export type TaskResume = Static<typeof TaskResume>;

export const TaskAssign = Type.Object({
  task_id: Id,
  task_type: Id,
  content: Type.String(),
  params: Type.Record(Type.String(), Type.Unknown()),
  /** Whole credits that the node earns at most. */
  reward: Type.Integer({ minimum: 0 }),
  epoch: Type.Optional(Epoch),
  /** Milliseconds until the task's deadline. */
  deadline_ms: Type.Optional(Type.Integer({ minimum: 0 })),
  receipt: Type.Optional(ReceiptTerms),
  /** Whether pieces of output are to be sent as they are made. */
  stream: Type.Optional(Type.Boolean()),
  resume: Type.Optional(TaskResume),
});
export type TaskAssign = Static<typeof TaskAssign>;

/** Ours: the node has begun; sent only when the result does not follow at once. */
export const TaskAccept = Lease;
export type TaskAccept = Static<typeof TaskAccept>;

/** Ours: a piece of streamed output; `seq` counts from 0 within one epoch. */
export const TaskChunk = Type.Object({
  task_id: Id,
  epoch: Epoch,
  seq: Type.Integer({ minimum: 0 }),
  text: Type.String(),
  /** Tokens that this piece stands for, which may be none. */
  tokens: Type.Integer({ minimum: 0 }),
  /** The engine's own ids of these tokens, where it has any. */
  token_ids: Type.Optional(Type.Array(Type.Integer({ minimum: 0 }), { maxItems: 10_000 })),
  /** Tokens of the prompt, in the first piece of a lease by which they are known. */
  prompt_tokens: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type TaskChunk = Static<typeof TaskChunk>;

/** Pieces of one lease that a node may send before the coordinator has said that some of them were taken. */
export const STREAM_WINDOW = 64;

/** Ours: the pieces of a lease before `seq` were taken; the node may send up to `STREAM_WINDOW` beyond it. */
export const TaskWindow = Type.Object({ task_id: Id, epoch: Epoch, seq: Type.Integer({ minimum: 0 }) });
export type TaskWindow = Static<typeof TaskWindow>;

export const TaskProgress = Type.Object({
  task_id: Id,
  epoch: Epoch,
  percent: Type.Integer({ minimum: 0, maximum: 100 }),
});
export type TaskProgress = Static<typeof TaskProgress>;

/** The same as `WorkMetadata`, in so far as it can be signed and kept. */
const SignableMetadata = Type.Record(
  Text(64),
  Type.Union([Text(20_000), Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER })]),
  { maxProperties: 50 },
);

/** Ours: what the node counted and signed. */
export const SignedWork = Type.Object({
  units: Type.Integer({ minimum: 0 }),
  started_at: Text(40),
  completed_at: Text(40),
  metadata: SignableMetadata,
  signature: ReceiptSignature,
});
export type SignedWork = Static<typeof SignedWork>;

export const TaskResult = Type.Object({
  task_id: Id,
  node_id: Type.Optional(Text(200)),
  status: Type.Enum(['completed', 'failed']),
  result: Type.Optional(Type.String()),
  processing_time_ms: Type.Optional(Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  epoch: Type.Optional(Epoch),
  error: Type.Optional(
    Type.Object({
      code: Text(64),
      message: Text(2000),
      /** False when every other node would refuse the task likewise. */
      retryable: Type.Boolean(),
      /** Ours: what was made before it failed, of a task that is not to be tried again. */
      partial: Type.Optional(Type.String()),
    }),
  ),
  work: Type.Optional(SignedWork),
});
export type TaskResult = Static<typeof TaskResult>;

/** Ours: stop working on a lease; no answer is expected. */
export const TaskCancel = Type.Object({ task_id: Id, epoch: Epoch, reason: Text(200) });
export type TaskCancel = Static<typeof TaskCancel>;

/** Ours, both ways: finish what runs and take nothing new. */
export const Drain = Type.Object({ reason: Type.Optional(Text(200)) });
export type Drain = Static<typeof Drain>;

export const CreditUpdate = Type.Object({
  node_id: Type.String(),
  balance: Type.Integer(),
  change: Type.Integer(),
  reason: Type.String(),
});
export type CreditUpdate = Static<typeof CreditUpdate>;

export const ErrorNotice = Type.Object({ message: Type.String(), code: Type.String() });
export type ErrorNotice = Static<typeof ErrorNotice>;

/** Messages a node may send, in upper case. `BENCHMARK_RESULT` is taken silently; the original sends it. */
export const NODE_MESSAGES = {
  NODE_REGISTER: NodeRegister,
  PROOF: Proof,
  HEARTBEAT: Heartbeat,
  TASK_ACCEPT: TaskAccept,
  TASK_CHUNK: TaskChunk,
  TASK_PROGRESS: TaskProgress,
  TASK_RESULT: TaskResult,
  DRAIN: Drain,
  BENCHMARK_RESULT: Type.Record(Type.String(), Type.Unknown()),
} as const;
export type NodeMessageType = keyof typeof NODE_MESSAGES;

/** Messages a coordinator may send, in upper case. */
export const COORDINATOR_MESSAGES = {
  CHALLENGE: Challenge,
  CREDIT_UPDATE: CreditUpdate,
  PEERS: Peers,
  TASK_ASSIGN: TaskAssign,
  TASK_CANCEL: TaskCancel,
  TASK_WINDOW: TaskWindow,
  DRAIN: Drain,
  ERROR: ErrorNotice,
} as const;
export type CoordinatorMessageType = keyof typeof COORDINATOR_MESSAGES;

/** The text that a node signs to prove its key: bound to one coordinator, host, nonce and node. */
export function proofMessage(parts: {
  readonly nonce: string;
  readonly coordinatorKey: string;
  readonly host: string;
  readonly nodeId: string;
}): string {
  return ['plexus node proof v1', parts.coordinatorKey, parts.host, parts.nodeId, parts.nonce].join('\n');
}
