import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Piece,
  type Resume,
  RunError,
  type RunContext,
  type RunRequest,
  type RunResult,
  type Runner,
} from '../src/index.ts';

export interface Recorded {
  readonly context: RunContext;
  readonly percents: number[];
  readonly chunks: string[];
  readonly pieces: Piece[];
  readonly controller: AbortController;
}

/** A context that keeps what it is told. */
export function recorder(onChunk: (recorded: Recorded) => void | Promise<void> = () => undefined): Recorded {
  const controller = new AbortController();
  const recorded: Recorded = {
    controller,
    percents: [],
    chunks: [],
    pieces: [],
    context: {
      signal: controller.signal,
      progress: (percent) => void recorded.percents.push(percent),
      chunk(piece) {
        recorded.chunks.push(piece.text);
        recorded.pieces.push(piece);
        return onChunk(recorded);
      },
    },
  };
  return recorded;
}

export async function failureOf(promise: Promise<unknown>): Promise<RunError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RunError) return error;
  throw new Error(`expected a RunError, got ${String(error)}`);
}

/** How far the first pieces of a run came. */
export function resumeFrom(pieces: readonly Piece[]): Resume {
  return {
    text: pieces.map(({ text }) => text).join(''),
    tokenIds: pieces.flatMap(({ tokenIds = [] }) => tokenIds),
    promptTokens: pieces[0]?.promptTokens ?? 0,
  };
}

/** Breaks a run off after each of its pieces; what another run makes of it must be what the first one made. */
export async function expectResumable(runner: Runner, request: RunRequest): Promise<RunResult> {
  const whole = recorder();
  const result = await runner.run(request, whole.context);
  for (let cut = 1; cut <= whole.pieces.length; cut++) {
    const resume = resumeFrom(whole.pieces.slice(0, cut));
    const rest = recorder();
    const resumed = await runner.run({ ...request, resume }, rest.context);
    expect(resumed, `after piece ${cut}`).toEqual(result);
    const all = resumeFrom([...whole.pieces.slice(0, cut), ...rest.pieces]);
    expect(all, `after piece ${cut}`).toEqual(resumeFrom(whole.pieces));
  }
  return result;
}

interface Subject {
  /** A request that succeeds. */
  readonly good: RunRequest;
  /** A request that gives the same answer each time, where a runner can go on with another's. */
  readonly greedy?: RunRequest;
  /** A request that runs until it is stopped, or for long. */
  readonly slow: RunRequest;
  /** When the slow one is stopped: as soon as it was started, or at its first piece. */
  readonly stopAt: 'start' | 'chunk';
  /** How long the end may take after that; 200 where it is not given. */
  readonly stopWithinMs?: number;
  readonly largeCharacters: number;
}

/** What every runner keeps to, whatever its work. */
export function runnerConformance(name: string, makeRunner: () => Promise<Runner>, subject: Subject): void {
  describe(`${name} as a runner`, () => {
    let runner: Runner;
    beforeAll(async () => {
      runner = await makeRunner();
    });
    afterAll(async () => {
      await runner.close();
      await runner.close();
      const refused = await failureOf(runner.run(subject.good, recorder().context));
      expect(refused).toMatchObject({ code: 'ENGINE_FAILED', retryable: true });
    });
    itAnswers(() => runner, subject);
    itStops(() => runner, subject);
    itBearsHostility(() => runner, subject);
  });
}

function itAnswers(runner: () => Runner, { good, greedy }: Subject): void {
  it('offers a service and takes at least one task', () => {
    expect(runner().service).not.toBe('');
    expect(runner().concurrency).toBeGreaterThanOrEqual(1);
  });

  it('bills whole units, signs only text and integers, and streams exactly its output', async () => {
    const recorded = recorder();
    const result = await runner().run(good, recorded.context);
    expectSound(result, recorded);
    expect(recorded.percents.at(-1)).toBe(100);
  });

  it('goes on with an answer from each of its pieces, or does not say that it can', async () => {
    expect(runner().features?.includes('resume') ?? false).toBe(greedy !== undefined);
    if (greedy) await expectResumable(runner(), greedy);
  });
}

function itStops(runner: () => Runner, subject: Subject): void {
  it('does nothing when it was stopped before', async () => {
    const recorded = recorder();
    recorded.controller.abort();
    const error = await failureOf(runner().run(subject.good, recorded.context));
    expect(error).toMatchObject({ code: 'CANCELLED', retryable: false });
    expect(recorded.chunks).toEqual([]);
  });

  it('stops while it works, and works again', async () => {
    const recorded = recorder(({ controller }) => controller.abort());
    const running = failureOf(runner().run(subject.slow, recorded.context));
    let stoppedAt = 0;
    recorded.controller.signal.addEventListener('abort', () => (stoppedAt = performance.now()));
    if (subject.stopAt === 'start') recorded.controller.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - stoppedAt, 'milliseconds from stop to end').toBeLessThan(subject.stopWithinMs ?? 200);
    await runner().run(subject.good, recorder().context);
  });

  it('says TIMEOUT when the signal is a deadline', async () => {
    const recorded = recorder();
    recorded.controller.abort(new DOMException('late', 'TimeoutError'));
    expect(await failureOf(runner().run(subject.good, recorded.context))).toMatchObject({ code: 'TIMEOUT' });
  });
}

function itBearsHostility(runner: () => Runner, subject: Subject): void {
  const hostile = {
    'an empty text': '',
    'U+0000': 'a\0b',
    'lone surrogates': '\ud800 a \udfff',
    'markup and control characters': '[<STREAMCMD:FLUSH>] $(id) `id` ^a/b<n>$ \\ \u001b[2J',
    'a large text': 'The house is big. '.repeat(Math.ceil(subject.largeCharacters / 18)),
  };
  for (const [what, content] of Object.entries(hostile)) {
    it(`takes ${what} or refuses it plainly`, { timeout: 30_000 }, async () => {
      const recorded = recorder();
      const outcome = await runner()
        .run({ ...subject.good, content }, recorded.context)
        .catch((error: unknown) => error);
      if (outcome instanceof RunError) expect(outcome.code).toBe('INVALID_INPUT');
      else expectSound(outcome as RunResult, recorded);
      await runner().run(subject.good, recorder().context);
    });
  }

  it('refuses parameters of the wrong kind', async () => {
    const params = {
      ...subject.good.params,
      delay_ms: 'x',
      max_tokens: 'x',
      batch: 'x',
      target_language: 7,
      timeout_seconds: 'x',
      requires_proof: 'x',
      codec: 'x',
      samples: 'x',
      steps: 'x',
      temperature: 'x',
      containers: 'x',
    };
    const error = await failureOf(runner().run({ ...subject.good, params }, recorder().context));
    expect(error).toMatchObject({ code: 'INVALID_INPUT', retryable: false });
  });
}

function expectSound(result: RunResult, { percents, pieces }: Recorded): void {
  expect(Number.isInteger(result.units) && result.units > 0, `units ${result.units}`).toBe(true);
  for (const [key, value] of Object.entries(result.metadata)) {
    expect(typeof value === 'string' || Number.isInteger(value), `metadata ${key}`).toBe(true);
  }
  expect(percents.every((percent) => Number.isInteger(percent) && percent >= 0 && percent <= 100)).toBe(true);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  if (pieces.length > 0) expectSoundPieces(result, pieces);
}

/** Tokens in pieces are those of the answer, each once. */
function expectSoundPieces({ output, units, metadata }: RunResult, pieces: readonly Piece[]): void {
  expect(pieces.map(({ text }) => text).join('')).toBe(output);
  const [prompt, completion] = [metadata['prompt_tokens'], metadata['completion_tokens']];
  expect(pieces.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(completion ?? 0);
  if (completion !== undefined) expect(units).toBe(Number(prompt) + Number(completion));
  const said = pieces.flatMap(({ promptTokens }) => promptTokens ?? []);
  if (said.length > 0) expect(said).toEqual([prompt]);
  for (const [i, { text, tokens, tokenIds }] of pieces.entries()) {
    expect(text !== '' || i === pieces.length - 1, `piece ${i} has text`).toBe(true);
    if (tokenIds) expect(tokenIds.length, `tokens of piece ${i}`).toBe(tokens);
  }
}
