/** The calls by which nodes know each other. Messages are JSON in gRPC's framing, so that no generated code is needed. */
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import Type, { type Static, type TSchema } from 'typebox';
import { Check } from 'typebox/value';

/** Larger messages are refused. */
export const MAX_PEER_MESSAGE_BYTES = 64 * 1024;

const Nothing = Type.Object({});

/** Who a node is, and what it holds. */
export const PeerIdentity = Type.Object({
  node_id: Type.String({ maxLength: 200 }),
  software: Type.String({ maxLength: 200 }),
  role: Type.String({ maxLength: 20 }),
  layers: Type.Array(Type.Integer({ minimum: 0 }), { maxItems: 10_000 }),
});
export type PeerIdentity = Static<typeof PeerIdentity>;

/** Bytes that a codec has let through. */
export interface Traffic {
  sent(bytes: number): void;
  received(bytes: number): void;
}

export interface PeerService extends ServiceDefinition {
  readonly Identify: MethodDefinition<Static<typeof Nothing>, PeerIdentity>;
  readonly Ping: MethodDefinition<Static<typeof Nothing>, Static<typeof Nothing>>;
}

/** @param traffic told of every message */
export function peerService(traffic: Traffic): PeerService {
  const method = <I extends TSchema, O extends TSchema>(name: string, input: I, output: O) => ({
    path: `/plexus.peer.v1.Peer/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: write<Static<I>>(traffic),
    requestDeserialize: read(input, traffic),
    responseSerialize: write<Static<O>>(traffic),
    responseDeserialize: read(output, traffic),
  });
  return { Identify: method('Identify', Nothing, PeerIdentity), Ping: method('Ping', Nothing, Nothing) };
}

function write<T>(traffic: Traffic): (value: T) => Buffer {
  return (value) => {
    const bytes = Buffer.from(JSON.stringify(value));
    traffic.sent(bytes.length);
    return bytes;
  };
}

function read<S extends TSchema>(schema: S, traffic: Traffic): (bytes: Buffer) => Static<S> {
  return (bytes) => {
    traffic.received(bytes.length);
    const value: unknown = JSON.parse(bytes.toString());
    if (Check(schema, value)) return value;
    throw new TypeError('A peer sent a message of another form');
  };
}
