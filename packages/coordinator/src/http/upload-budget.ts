import { Transform, type TransformCallback } from 'node:stream';
import { takesFile } from '@plexus/api';
import { DomainError } from '@plexus/core';
import type { FastifyInstance, RequestPayload } from 'fastify';

/** Bytes of bodies that are being received at once, of all clients. */
const MAX_UPLOAD_BYTES = 256 * 1024 * 1024;
/** Bodies up to this size are not counted: the bound of connections is one for them too. */
const SMALL_BODY_BYTES = 64 * 1024;
/** Told to a client whose body finds no room. */
const RETRY_SECONDS = 1;

/** Bytes of large bodies that have come and are not read yet. */
export class UploadBudget {
  private bytesHeld = 0;
  private readonly maxBytes: number;

  constructor(maxBytes: number = MAX_UPLOAD_BYTES) {
    this.maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.bytesHeld;
  }

  /** @throws {DomainError} OVERLOADED */
  take(bytes: number): void {
    if (this.bytesHeld + bytes > this.maxBytes) {
      const message = `Too much is being uploaded at once; try again in ${RETRY_SECONDS} s`;
      throw new DomainError('OVERLOADED', message, { retryAfterSeconds: RETRY_SECONDS });
    }
    this.bytesHeld += bytes;
  }

  give(bytes: number): void {
    this.bytesHeld -= bytes;
  }
}

/** Refuses a body when too much of others is being received. Call it before the routes are made. */
export function useUploadBudget(app: FastifyInstance, budget: UploadBudget): void {
  app.addHook('preParsing', ({ headers, routeOptions }, { raw }, payload, done) => {
    // Files go to disk as they come.
    if (takesFile(routeOptions.config)) return done(null, payload);
    const length = headers['content-length'];
    const isSmall =
      length === undefined ? headers['transfer-encoding'] === undefined : Number(length) <= SMALL_BODY_BYTES;
    if (isSmall) return done(null, payload);
    const body = counted(payload, budget);
    // Of a body that is refused nobody reads the rest.
    raw.once('close', () => body.destroy());
    done(null, body);
  });
}

/** A body on its way; its bytes count until they are read. */
class CountedBody extends Transform {
  private taken = 0;
  private readonly budget: UploadBudget;

  constructor(budget: UploadBudget) {
    super();
    this.budget = budget;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.budget.take(chunk.byteLength);
    } catch (error) {
      done(error instanceof Error ? error : new Error('The body cannot be counted', { cause: error }));
      return;
    }
    this.taken += chunk.byteLength;
    done(null, chunk);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.budget.give(this.taken);
    this.taken = 0;
    done(error);
  }
}

function counted(payload: RequestPayload, budget: UploadBudget): CountedBody {
  const body = new CountedBody(budget);
  // `pipeline` would close the connection before the refusal is sent.
  payload.once('close', () => body.writableEnded || body.destroy(new Error('The client went away')));
  // Whoever reads it hears of it; but a client may go away when nobody does, or does no more.
  body.on('error', () => undefined);
  // What nobody reads is thrown away: the next request of the connection comes behind it.
  body.once('close', () => payload.unpipe(body).resume());
  return payload.pipe(body);
}
