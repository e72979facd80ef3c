/** What must hold of every request to an endpoint, whatever is in it. */
import fc from 'fast-check';
import { faultsOf, isFit } from './answer-rules.ts';
import { type Parts, rawRequest, shown, validParts } from './fuzz-request.ts';
import { hostileRequests } from './hostile-request.ts';
import type { RawAnswer } from './http-answer.ts';
import { writeJson } from './json-text.ts';
import { mutatedParts } from './mutated-request.ts';
import type { Operation } from './operations.ts';
import { type RawRequest, send } from './raw-http.ts';
import type { World } from './world.ts';

/** One request; it shows itself as the bytes that went over the wire. */
export interface Case {
  readonly request: RawRequest;
  /** Whether the document says that this must be refused. */
  readonly isMisfit: boolean;
  /** Whether it may be such that the connection is closed without a word. */
  readonly isHostile: boolean;
}

export function casesFor(operation: Operation, { known, callers }: World): fc.Arbitrary<Case> {
  const reading = { document: operation.document, values: known.values.bind(known), names: known.names };
  const valid = validParts(operation, callers, reading);
  const written = (parts: Parts): Case => ({
    request: rawRequest(parts),
    isMisfit: isMisfit(parts),
    isHostile: false,
  });
  const hostile = hostileRequests(valid).map((request) => ({ request, isMisfit: false, isHostile: true }));
  return fc
    .oneof(
      { weight: 3, arbitrary: valid.map(written) },
      { weight: 5, arbitrary: mutatedParts(valid).map(written) },
      { weight: 4, arbitrary: hostile },
    )
    .map((one) => ({ ...one, [fc.toStringMethod]: () => `\n${shown(one.request)}\n` }));
}

/** JSON may be such that nobody can read it again, which is wrong in another way. */
function isMisfit({ operation, body }: Parts): boolean {
  if (!operation.body || body === undefined) return false;
  try {
    return !isFit(JSON.parse(writeJson(body)), operation.body.schema);
  } catch {
    return true;
  }
}

/**
 * Sends a request and looks at the answer and at the books.
 *
 * @returns the status
 * @throws {Error} that says what is wrong with the answer, or with what the request left behind
 */
export async function checkCase(one: Case, operation: Operation, world: World): Promise<number | undefined> {
  world.books.mark();
  const answer = await checkAnswer(one, operation);
  if (!answer) return undefined;
  const faults = await traces(one, answer, world);
  if (faults.length > 0) throw new Error(`${faults.join('; ')}\n${shortly(answer)}`);
  return answer.status;
}

/**
 * Sends requests at once, and looks at what is left when all are over.
 *
 * @throws {Error} that says what is wrong with an answer, or with the books
 */
export async function checkTogether(cases: readonly (readonly [Case, Operation])[], world: World): Promise<void> {
  await Promise.all(cases.map(([one, operation]) => checkAnswer(one, operation)));
  await world.quiet();
  const imbalance = world.books.imbalance();
  if (imbalance !== undefined) throw new Error(imbalance);
}

/** @returns nothing when the connection was closed without an answer, as that to a hostile request may be */
async function checkAnswer(one: Case, operation: Operation): Promise<RawAnswer | undefined> {
  const answer = await send(operation.url, one.request);
  if (answer === 'closed') {
    if (one.isHostile) return undefined;
    throw new Error('The connection was closed without an answer');
  }
  const faults = faultsOf(answer, operation, one.request);
  if (faults.length > 0) throw new Error(`${faults.join('; ')}\n${shortly(answer)}`);
  return answer;
}

function shortly({ status, body }: RawAnswer): string {
  return `${status} ${body.slice(0, 1000)}`;
}

/** What is wrong with what a request left behind. */
async function traces({ isMisfit: isWrong }: Case, { status }: RawAnswer, world: World): Promise<readonly string[]> {
  if (status >= 400) return world.books.changes().map((change) => `a refusal changed ${change}`);
  if (isWrong) return ['what does not fit the schema was taken'];
  if (!world.books.isTouched()) return [];
  await world.quiet();
  const imbalance = world.books.imbalance();
  return imbalance === undefined ? [] : [imbalance];
}
