import { MAX_BODY_BYTES } from '@plexus/protocol';
import type { FastifyInstance } from 'fastify';

/** Texts up to this length are searched for the place where they stop being JSON. */
const MAX_SEARCHED = 4096;

/** A body that is not JSON. */
export class MalformedJson extends Error {
  override readonly name = 'MalformedJson';
  readonly statusCode = 400;
  /** Characters before the first wrong one; 0 when it was not looked for. */
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/**
 * Takes JSON and nothing else as a body; an empty one is no body, whatever its media type says.
 *
 * @param prepare what is read in the place of a body
 */
export function useJsonBodies(app: FastifyInstance, prepare: (text: string) => string = (text) => text): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string', bodyLimit: MAX_BODY_BYTES },
    (request, text, done) => {
      if (text.length === 0) return done(null, undefined);
      return parse(request, prepare(text), (error, body) => (error ? done(explain(text)) : done(null, body)));
    },
  );
}

function explain(text: string): MalformedJson {
  const message = parseError(text);
  if (message === undefined) return new MalformedJson('A member named "__proto__" or "constructor" is not allowed', 0);
  return new MalformedJson(message, positionIn(message, text) ?? search(text));
}

function parseError(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** V8 names the place in some of its messages only. */
function positionIn(message: string, text: string): number | undefined {
  if (message.includes('end of JSON input')) return text.length;
  const position = /at position (\d+)/.exec(message)?.[1];
  return position === undefined ? undefined : Number(position);
}

/** The length of the longest start of the text that could still become JSON, by bisection. */
function search(text: string): number {
  if (text.length > MAX_SEARCHED) return 0;
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isBeginning(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isBeginning(text: string): boolean {
  const message = parseError(text);
  return message === undefined || positionIn(message, text) === text.length;
}
