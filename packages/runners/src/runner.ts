/** What every kind of work looks like to the node that runs it. */
import type { KeptOutput } from '@plexus/protocol';

export interface RunRequest {
  readonly content: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** How far another run of the same request on the same weights came; this one goes on from there. */
  readonly resume?: Resume;
}

/** What an earlier run has delivered, which the continuing one must neither lose nor repeat. */
export interface Resume {
  readonly text: string;
  /** The engine's ids of every token delivered. */
  readonly tokenIds: readonly number[];
  readonly promptTokens: number;
}

/** A piece of the output. Pieces end where tokens end, so that another run can go on after any of them. */
export interface Piece {
  readonly text: string;
  /** Tokens that this piece stands for; 0 for services that count none. */
  readonly tokens: number;
  /** The engine's own ids of these tokens, where it has any and could go on from them. */
  readonly tokenIds?: readonly number[];
  /** Tokens of the prompt, in the first piece by which they are known. */
  readonly promptTokens?: number;
}

/** The files of one job, which its coordinator keeps. */
export interface JobFiles {
  /**
   * Writes the job's bundle to a new file, whose content has this SHA-256.
   *
   * @throws {RunError} INVALID_INPUT when the coordinator has no such bundle, ENGINE_FAILED
   */
  fetchBundle(sha256: string, path: string, signal: AbortSignal): Promise<void>;
  /**
   * Keeps a file as an output of the job, for those who are told its address.
   *
   * @throws {RunError} PROGRAM_FAILED when it is too large to be kept, ENGINE_FAILED
   */
  keepOutput(file: { readonly name: string; readonly path: string }, signal: AbortSignal): Promise<KeptOutput>;
}

export interface RunContext {
  readonly signal: AbortSignal;
  /** Whole percent, 0 to 100, never falling. */
  progress(percent: number): void;
  /** Hands on a piece of the output; resolves when it was taken, which is the back-pressure. */
  chunk(piece: Piece): void | Promise<void>;
  /** Absent where the coordinator keeps no files. */
  readonly files?: JobFiles | undefined;
}

export interface RunResult {
  /** The whole output: what was resumed from, and exactly what the pieces add up to. */
  readonly output: string;
  /** Whole units to bill: requests, or tokens of prompt and answer together, those of earlier runs too. */
  readonly units: number;
  /** Integers or text only, because it is signed. */
  readonly metadata: Readonly<Record<string, string | number>>;
}

/** A block of a model, as its file has it. */
export interface ModelLayer {
  readonly index: number;
  readonly type: 'transformer';
  readonly memoryBytes: number;
}

/** What a model is made of. */
export interface ModelShape {
  readonly layers: readonly ModelLayer[];
  readonly hiddenDim: number;
  readonly parameters: number;
}

/**
 * Names the models that an engine has now, where it is a server of its own: that may end, come back, and get others.
 *
 * @throws {Error} when it does not answer
 */
export type EngineLook = (signal: AbortSignal) => Promise<readonly string[]>;

export interface Runner {
  readonly service: string;
  readonly concurrency: number;
  readonly models: readonly string[];
  /** SHA-256 in hex of the weights of the models whose file is known. */
  readonly weights?: Readonly<Record<string, string>>;
  /** Of its first model, where its file is known. */
  readonly shape?: ModelShape;
  /** What it can do beyond the plain service, for example `chat`, `json_schema`, `resume`. */
  readonly features?: readonly string[];
  readonly languages: readonly string[];
  /** Only where its engine is a server of its own. */
  readonly look?: EngineLook;
  /** @throws {RunError} and nothing else */
  run(request: RunRequest, context: RunContext): Promise<RunResult>;
  /** Ends what runs and frees what is held; a second call changes nothing. */
  close(): Promise<void>;
}

export type RunErrorCode =
  | 'INVALID_INPUT'
  | 'MODEL_NOT_FOUND'
  | 'LANGUAGE_NOT_FOUND'
  | 'PACKAGE_NOT_FOUND'
  | 'LIMIT_EXCEEDED'
  | 'PROGRAM_FAILED'
  | 'ENGINE_FAILED'
  /** It has too much to do, or still loads its model: later it may. */
  | 'ENGINE_BUSY'
  | 'TIMEOUT'
  | 'CANCELLED';

/** Codes that another node would answer likewise, or that nobody waits for. */
const FINAL: ReadonlySet<RunErrorCode> = new Set(['INVALID_INPUT', 'PROGRAM_FAILED', 'CANCELLED']);

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
