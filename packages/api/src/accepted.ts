import type { FastifyReply } from 'fastify';

/** Work that was taken on and goes on after the answer. Source: RFC 7240, section 4.1. */
export class Accepted<T> {
  readonly body: T;
  /** Where the work can be looked at. */
  readonly location: string;

  constructor(body: T, location: string) {
    this.body = body;
    this.location = location;
  }
}

/** Whether a `Prefer` header asks for an answer before the work is done. */
export function prefersAsync(prefer: string | undefined): boolean {
  const preferences = prefer?.split(/[,;]/) ?? [];
  return preferences.some((preference) => preference.trim().toLowerCase() === 'respond-async');
}

/** @returns the body to send */
export function acceptedReply<T>({ body, location }: Accepted<T>, reply: FastifyReply): T {
  reply.code(202).headers({ location, 'preference-applied': 'respond-async' });
  return body;
}
