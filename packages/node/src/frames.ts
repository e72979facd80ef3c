import { randomUUID } from 'node:crypto';
import {
  COORDINATOR_MESSAGES,
  type CoordinatorMessageType,
  type NODE_MESSAGES,
  type NodeMessageType,
  parseJson,
} from '@plexus/protocol';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';

/** Writes messages of one node as text frames. */
export type FrameWriter = <T extends NodeMessageType>(type: T, payload: Static<(typeof NODE_MESSAGES)[T]>) => string;

export function createFrameWriter(nodeId: string): FrameWriter {
  const sender = JSON.stringify(nodeId);
  return (type, payload) => {
    // One a token: the envelope's other fields would be most of it, and no reader needs them.
    if (type === 'TASK_CHUNK') return `{"msg_type":"TASK_CHUNK","payload":${JSON.stringify(payload)}}`;
    return (
      `{"msg_id":"${randomUUID()}","msg_type":"${type}","payload":${JSON.stringify(payload)},` +
      `"sender_id":${sender},"timestamp":"${new Date().toISOString()}"}`
    );
  };
}

/** Any message of a coordinator. */
export type Incoming = {
  [T in CoordinatorMessageType]: { readonly type: T; readonly payload: Static<(typeof COORDINATOR_MESSAGES)[T]> };
}[CoordinatorMessageType];

export type ReadFrame = { readonly message: Incoming } | { readonly problem: string };

interface PayloadCheck {
  Check(value: unknown): boolean;
  Errors(value: unknown): readonly { readonly instancePath: string; readonly message: string }[];
}

const CHECKS: ReadonlyMap<string, PayloadCheck> = new Map(
  Object.entries(COORDINATOR_MESSAGES).map(([type, schema]) => [type, Compile(schema)]),
);

/** Reads a frame; both letter cases of a type are accepted. Never throws. */
export function readFrame(text: string): ReadFrame {
  const envelope = parseJson(text);
  if (typeof envelope !== 'object' || envelope === null) return { problem: 'the frame is not a JSON object' };
  const { msg_type: name, payload = {} } = envelope as { msg_type?: unknown; payload?: unknown };
  if (typeof name !== 'string') return { problem: 'the frame has no msg_type' };
  const type = name.toUpperCase();
  const check = CHECKS.get(type);
  if (!check) return { problem: `no message is called "${name.slice(0, 64)}"` };
  // The check is that of the type, so the two belong together.
  if (check.Check(payload)) return { message: { type, payload } as Incoming };
  const [first] = check.Errors(payload);
  return { problem: `${type}: ${first?.instancePath || 'the payload'} ${first?.message ?? 'is not valid'}` };
}
