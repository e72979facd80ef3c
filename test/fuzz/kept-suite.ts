/** Requests one after another over one connection: each is answered as its own, or the connection is closed. */
import { MAX_HEAD_BYTES } from '@plexus/listener';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { faultsOf } from './answer-rules.ts';
import { type Case, casesFor } from './endpoint-properties.ts';
import { shown } from './fuzz-request.ts';
import type { RawAnswer } from './http-answer.ts';
import { largeRequests } from './large-request.ts';
import { isHeldBack, type Operation } from './operations.ts';
import { RawConnection } from './raw-connection.ts';
import { until } from '../support/processes.ts';
import { bytesOf, headBytesOf, type RawRequest } from './raw-http.ts';
import { type FuzzRun, runOf } from './settings.ts';
import type { World } from './world.ts';

/** Connections to each listener, and what goes over one: requests that are sent at once, some times. */
const CONNECTIONS = 20;
const MAX_AT_ONCE = 3;
const MAX_TIMES = 5;
const TIMEOUT_MS = 300_000;
/** A longer head may be refused before anybody knows whose it is; some is added to it. */
const SAFE_HEAD_BYTES = MAX_HEAD_BYTES - 1024;

interface Turn {
  readonly operation: Operation;
  readonly request: RawRequest;
  /** Whether the connection may end with it, whatever else is on its way. */
  readonly isHostile: boolean;
}

interface Numbered extends Turn {
  readonly id: string;
}

export function describeKept(world: World, run: FuzzRun): void {
  const operations = world.operations.filter((operation) => !isHeldBack(operation));
  const listeners = [...new Set(operations.map(({ listener }) => listener))];
  describe.each(listeners)('a connection to %s', (listener) => {
    it(
      'goes on after whatever was answered, or is closed',
      async () => {
        const own = operations.filter((operation) => operation.listener === listener);
        const turns = fc.oneof(...own.map((operation) => turnsFor(operation, world)));
        const groups = fc.array(fc.array(turns, { minLength: 1, maxLength: MAX_AT_ONCE, size: 'max' }), {
          minLength: 2,
          maxLength: MAX_TIMES,
          size: 'max',
        });
        const property = fc.asyncProperty(groups, (all) => sendAll(all, world));
        await fc.assert(property, runOf(run, CONNECTIONS));
      },
      TIMEOUT_MS,
    );
  });
}

function turnsFor(operation: Operation, world: World): fc.Arbitrary<Turn> {
  const cases = casesFor(operation, world);
  const kept = ({ request, isHostile }: Case): Turn => ({ operation, request: keptAlive(request), isHostile });
  const large = largeRequests(cases.filter(({ isHostile }) => !isHostile).map(({ request }) => keptAlive(request)));
  return fc
    .oneof(
      { weight: 2, arbitrary: cases.map(kept) },
      large.map(({ request, isLie }): Turn => ({ operation, request, isHostile: isLie })),
    )
    .map((turn) => ({ ...turn, isHostile: turn.isHostile || headBytesOf(turn.request) > SAFE_HEAD_BYTES }))
    .map((turn) => ({ ...turn, [fc.toStringMethod]: () => `\n${shown(turn.request)}\n` }));
}

/** What a header may be called. Any other one ends the connection, as what is no HTTP. Source: RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
/** A request's own name and end, and a wish to upgrade: Node.js loses what comes right behind that. */
const LEFT_OUT = ['connection', 'upgrade', 'x-request-id'];

function keptAlive({ headers, ...request }: RawRequest): RawRequest {
  const kept = headers.filter(([name]) => TOKEN.test(name) && !LEFT_OUT.includes(name));
  return { ...request, headers: kept };
}

async function sendAll(groups: readonly (readonly Turn[])[], world: World): Promise<void> {
  using connection = await RawConnection.open(groups[0]?.[0]?.operation.url ?? '');
  const turns: Numbered[] = [];
  for (const group of groups) {
    world.books.mark();
    const named = group.map((turn, at) => ({ ...turn, id: `kept-${turns.length + at}` }));
    turns.push(...named);
    // What comes before a lie, or after it, may be answered by its refusal.
    const mayEnd = turns.some(({ isHostile }) => isHostile);
    for (const [at, { request, id }] of named.entries()) {
      // Node.js writes "100 Continue" into an answer that waits for its turn.
      const headers = request.headers.filter(([name]) => at === 0 || name !== 'expect');
      connection.socket.write(bytesOf({ ...request, headers: [...headers, ['x-request-id', id]] }));
    }
    const answers = await answersTo(named, connection, mayEnd);
    await checkBooks(answers, group.length, world);
    if (isLast(answers.at(-1), answers.length < group.length)) return await connection.closed();
  }
}

/** Answers in the order of their requests, as many as there are before the connection is closed. */
async function answersTo(
  turns: readonly Numbered[],
  connection: RawConnection,
  mayEnd: boolean,
): Promise<readonly RawAnswer[]> {
  const answers: RawAnswer[] = [];
  for (const { operation, request, id } of turns) {
    const answer = await connection.next(request.method === 'HEAD');
    if (answer === 'closed') {
      if (mayEnd) return answers;
      throw new Error(`The connection was closed without an answer to ${id}`);
    }
    const own = answer.headers.get('x-request-id');
    // To bytes that are no request: nothing comes after it.
    const isEnd = mayEnd && answer.status >= 400 && isLast(answer);
    const faults = [
      ...(own === id || isEnd ? [] : [`it is the answer to ${own}, not to ${id}`]),
      ...faultsOf(answer, operation, request),
    ];
    if (faults.length > 0) throw new Error(`${faults.join('; ')}\n${answer.status} ${answer.body.slice(0, 1000)}`);
    answers.push(answer);
    if (isLast(answer)) return answers;
  }
  return answers;
}

/** Whether the server says that nothing comes after an answer, or speaks something else from there on. */
function isLast(answer: RawAnswer | undefined, isClosed = false): boolean {
  return isClosed || answer?.headers.get('connection') === 'close' || answer?.status === 101;
}

/** What was refused leaves no trace; of a request that was not answered nobody knows. */
async function checkBooks(answers: readonly RawAnswer[], count: number, world: World): Promise<void> {
  const isAnswered = answers.length === count;
  if (isAnswered && answers.every(({ status }) => status >= 400)) {
    const changes = world.books.changes();
    if (changes.length > 0) throw new Error(`refusals changed ${changes.join('; ')}`);
  }
  if (isAnswered && !world.books.isTouched()) return;
  // A request that was not answered may still be under way, and its job.
  if (!isAnswered) await until('no request is being answered', async () => await isIdle(world));
  await world.quiet();
  const imbalance = world.books.imbalance();
  if (imbalance !== undefined) throw new Error(imbalance);
}

/** The request that asks is open, too. */
async function isIdle({ network }: World): Promise<boolean> {
  const { body: metrics } = await network.call('GET', '/metrics');
  return /^plexus_http_requests_open 1$/m.test(metrics);
}
