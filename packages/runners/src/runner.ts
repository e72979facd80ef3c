/** What every kind of work looks like to the node that runs it. */

export interface RunRequest {
  readonly content: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface RunContext {
  readonly signal: AbortSignal;
  /** Whole percent, 0 to 100, never falling. */
  progress(percent: number): void;
  /** A piece of the output; resolves when it was taken, which is the back-pressure. */
  chunk(text: string): void | Promise<void>;
}

export interface RunResult {
  /** Where pieces were streamed, exactly what they add up to. */
  readonly output: string;
  /** Whole units to bill: requests, or tokens of prompt and answer together. */
  readonly units: number;
  /** Integers or text only, because it is signed. */
  readonly metadata: Readonly<Record<string, string | number>>;
}

export interface Runner {
  readonly service: string;
  readonly concurrency: number;
  readonly models: readonly string[];
  readonly languages: readonly string[];
  /** @throws {RunError} and nothing else */
  run(request: RunRequest, context: RunContext): Promise<RunResult>;
  /** Ends what runs and frees what is held; a second call changes nothing. */
  close(): Promise<void>;
}

export type RunErrorCode =
  | 'INVALID_INPUT'
  | 'MODEL_NOT_FOUND'
  | 'LANGUAGE_NOT_FOUND'
  | 'ENGINE_FAILED'
  | 'TIMEOUT'
  | 'CANCELLED';

/** Codes that another node would answer likewise, or that nobody waits for. */
const FINAL: ReadonlySet<RunErrorCode> = new Set(['INVALID_INPUT', 'CANCELLED']);

interface RunErrorOptions extends ErrorOptions {
  readonly partial?: RunResult;
}

/** Why a piece of work failed, in words that may be shown to whoever asked for it. */
export class RunError extends Error {
  override readonly name = 'RunError';
  readonly code: RunErrorCode;
  /** False when every other node would refuse likewise. */
  readonly retryable: boolean;
  /** What was made before the work was stopped, where the engine can count it. */
  readonly partial: RunResult | undefined;

  constructor(code: RunErrorCode, message: string, options: RunErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = !FINAL.has(code);
    this.partial = options.partial;
  }
}

export type Detection =
  | { readonly available: true; readonly runner: Runner }
  | { readonly available: false; readonly service: string; readonly reason: string; readonly remedy: string };
