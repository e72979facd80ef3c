import { aitbcEndpoints, type Endpoint, type Input, type Output } from '@plexus/protocol';
import { type CallOptions, type ClientOptions, createClient } from '@plexus/sdk';
import { type Camel, type Either, toCamel, toSnake } from './names.ts';

type Endpoints = typeof aitbcEndpoints;

/** The parts of a call as they are given: fields in either form. */
interface CallParts<E extends Endpoint> {
  readonly params?: Input<E>['params'];
  readonly query?: Either<Input<E>['query']>;
  readonly body?: Either<Input<E>['body']>;
}

/** Calls an endpoint by its name in the table. */
export type Call = <K extends keyof Endpoints>(
  name: K,
  parts: CallParts<Endpoints[K]>,
  options?: CallOptions,
) => Promise<Camel<Output<Endpoints[K]>>>;

/** What a call is to the client that is made of the table: of any endpoint, so that the types are those of none. */
type LooseCall = (input: object, options: CallOptions) => Promise<unknown>;

/** Joins the client of the table with the names of fields as JavaScript has them. */
export function createCall(options: ClientOptions): Call {
  const client = createClient(aitbcEndpoints, options) as unknown as Readonly<Record<string, LooseCall>>;
  return async (name, { body, query, ...parts }, callOptions = {}) => {
    const endpoint: Endpoint = aitbcEndpoints[name];
    const sent = {
      ...(endpoint.body && body !== undefined && { body: toSnake(endpoint.body, body) }),
      ...(endpoint.query && query !== undefined && { query: toSnake(endpoint.query, query) }),
    };
    const answer = await client[name]?.({ ...parts, ...sent }, callOptions);
    // The answer has the shape of the endpoint's response, in other names.
    return toCamel(endpoint.response, answer) as never;
  };
}
