import { randomUUID } from 'node:crypto';
import {
  COORDINATOR_MESSAGES,
  type CoordinatorMessageType,
  type Envelope,
  EnvelopeSchema,
  NODE_MESSAGES,
  type NodeMessageType,
  parseJson,
  schemaWords,
  type TaskResult,
} from '@plexus/protocol';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';

/** The letter case a node registered with, and is answered in. */
export type LetterCase = 'upper' | 'lower';

/** A message of a node, checked. */
export type NodeMessage = {
  [T in NodeMessageType]: { readonly type: T; readonly payload: Static<(typeof NODE_MESSAGES)[T]> };
}[NodeMessageType];

export type Frame =
  | { readonly ok: true; readonly message: NodeMessage; readonly letterCase: LetterCase }
  | {
      readonly ok: false;
      readonly code: string;
      readonly why: string;
      /** Absent where the message has no type. */
      readonly letterCase?: LetterCase;
      /** What a result that cannot be read comes to: its node's turn is over, and nobody waits for another. */
      readonly result?: TaskResult;
    };

export type CoordinatorPayload<T extends CoordinatorMessageType> = Static<(typeof COORDINATOR_MESSAGES)[T]>;

/** Characters: a path in a payload is as long as its sender made it. */
const WHY_LENGTH = 500;

const envelope = Compile(EnvelopeSchema);
const validators = new Map(Object.entries(NODE_MESSAGES).map(([type, schema]) => [type, Compile(schema)]));

/** Reads one text frame; says what is wrong with it instead of throwing. */
export function readFrame(text: string): Frame {
  const parsed = parseJson(text);
  if (!envelope.Check(parsed)) return { ok: false, code: 'INVALID_MESSAGE', why: wrongEnvelope(parsed) };
  const type = parsed.msg_type.toUpperCase();
  const letterCase = parsed.msg_type === type ? 'upper' : 'lower';
  const validator = validators.get(type);
  if (!validator) {
    return { ok: false, code: 'UNKNOWN_MESSAGE', why: `Unknown message type: ${parsed.msg_type}`, letterCase };
  }
  const payload = parsed.payload ?? {};
  if (!validator.Check(payload)) {
    const [error] = validator.Errors(payload);
    const why = `${type}${error?.instancePath ?? ''}: ${schemaWords(error)}`.slice(0, WHY_LENGTH);
    return {
      ok: false,
      code: 'INVALID_PAYLOAD',
      why,
      letterCase,
      ...(type === 'TASK_RESULT' && failureOf(payload, why)),
    };
  }
  // The validator of `type` has accepted `payload`, which TypeScript cannot see.
  const message = { type, payload } as NodeMessage;
  return { ok: true, message, letterCase };
}

/** Says what is wrong with a message before its payload is looked at. */
function wrongEnvelope(parsed: unknown): string {
  const [error] = envelope.Errors(parsed);
  const field = error?.instancePath.slice(1) ?? '';
  const isOther = field !== '' && field !== 'msg_type';
  return isOther ? `${field}: ${schemaWords(error)}` : 'Not a JSON object with a msg_type';
}

function failureOf({ task_id, epoch }: Record<string, unknown>, why: string): { result: TaskResult } | undefined {
  const result = {
    task_id,
    status: 'failed',
    ...(epoch !== undefined && { epoch }),
    error: { code: 'UNREADABLE_RESULT', message: `The node's result cannot be read: ${why}`, retryable: true },
  };
  // Its id and epoch are the sender's; the rest fits.
  return validators.get('TASK_RESULT')?.Check(result) ? { result: result as TaskResult } : undefined;
}

/** Writes one message of the coordinator. */
export function writeFrame<T extends CoordinatorMessageType>(
  type: T,
  payload: CoordinatorPayload<T>,
  letterCase: LetterCase,
): string {
  const message: Required<Envelope> = {
    msg_id: randomUUID(),
    msg_type: letterCase === 'upper' ? type : type.toLowerCase(),
    payload,
    sender_id: 'coordinator',
    timestamp: new Date().toISOString(),
  };
  return JSON.stringify(message);
}
