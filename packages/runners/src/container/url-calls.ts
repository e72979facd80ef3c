import type { Egress } from '@plexus/egress';
import type { ContainerCalls } from './container-calls.ts';

/** A container that runs elsewhere. */
export interface ContainerUrl {
  /** Base of its API, without a slash at the end. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly bearer?: string;
}

/** Calls a container by its URL, through the guard that all URLs go through; it must let the operator's own pass. */
export function createUrlCalls(egress: Pick<Egress, 'stream'>, { url, bearer }: ContainerUrl): ContainerCalls {
  const authorization = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  return {
    async call({ path, body: sent, ...call }) {
      const { status, body } = await egress.stream({
        ...call,
        url: url + path,
        headers: { ...authorization, ...(sent !== undefined && { 'content-type': 'application/json' }) },
        ...(sent !== undefined && { body: sent }),
      });
      return { status, body, discard: () => void body.destroy() };
    },
  };
}
