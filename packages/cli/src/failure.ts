import { isPlainHttp, isUnknownAuthority } from '@plexus/protocol';
import { ApiError, ConnectionError } from '@plexus/sdk';
import { CommanderError } from 'commander';
import { isForeignHost } from './name-trouble.ts';
import { systemFailure } from './system-failure.ts';

/** How the program ends; `plexus --help` prints the same list. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  notValid: 5,
  interrupted: 130,
} as const;

/** What to do after a usage that the commands do not know. */
export const HELP_HINT = 'Add --help for usage and examples.';

interface FailureOptions extends ErrorOptions {
  readonly exitCode?: number;
  /** What to do next. */
  readonly hint?: string | undefined;
}

/** An end that the user is told about in words. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(message: string, options: FailureOptions = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? EXIT.failed;
    this.hint = options.hint;
  }
}

/** An end about which everything has been said already. */
export class SilentExit extends Error {
  override readonly name = 'SilentExit';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`Exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  /** Empty when nothing is left to say. */
  readonly message: string;
  readonly hint?: string | undefined;
}

export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, { exitCode: EXIT.usage, hint });
}

/** What any error means to the user of a command. */
export function explainFailure(error: unknown, signal: AbortSignal): Failure {
  if (error instanceof SilentExit) return { exitCode: error.exitCode, code: 'SILENT', message: '' };
  if (error instanceof CommanderError) return commanderFailure(error);
  if (error instanceof CliError) {
    return { exitCode: error.exitCode, code: 'CLI_ERROR', message: error.message, hint: error.hint };
  }
  if (error instanceof ConnectionError) {
    return { exitCode: EXIT.unreachable, code: error.code, message: error.message, hint: connectionHint(error) };
  }
  if (error instanceof ApiError) return refusal(error);
  if (signal.aborted) return { exitCode: EXIT.interrupted, code: 'INTERRUPTED', message: 'Interrupted' };
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: EXIT.failed, code: 'FAILED', message, ...systemFailure(error) };
}

/** A help page is no failure to tell, whatever asked for it. */
function commanderFailure({ exitCode, code, message }: CommanderError): Failure {
  if (exitCode === 0) return { exitCode: EXIT.ok, code, message: '' };
  const text = code === 'commander.help' ? '' : message.replace(/^error: /, '');
  return { exitCode: EXIT.usage, code: 'CLI_ERROR', message: text, hint: HELP_HINT };
}

function connectionHint({ code, message }: ConnectionError): string {
  switch (code) {
    case 'UNREACHABLE':
      if (isUnknownAuthority(message)) {
        return 'Name the authority that has signed its certificate: NODE_EXTRA_CA_CERTS=ca.pem plexus …';
      }
      if (isPlainHttp(message)) return 'Plain HTTP is spoken there: write http:// in --url URL or PLEXUS_URL.';
      return 'Start a network with `plexus up`, or name another with --url URL or PLEXUS_URL. `plexus doctor` looks into it.';
    case 'TIMEOUT':
      return 'It may be busy: try again, and see `plexus doctor`.';
    case 'CUT_OFF':
      return 'What came is not the whole answer. See what became of it with `plexus jobs`, and try again.';
    case 'TOO_LARGE':
    case 'BAD_ANSWER':
      return 'Something else than Plexus seems to answer there: check --url URL or PLEXUS_URL.';
  }
}

function refusal(error: ApiError): Failure {
  const request = error.requestId === undefined ? '' : ` (request ${error.requestId})`;
  return {
    exitCode: isFailure(error) ? EXIT.failed : EXIT.refused,
    code: error.code,
    message: `${error.message}${request}`,
    hint: refusalHint(error),
  };
}

/** Work that was taken on and then failed, as OpenAI's dialect says it. */
const FAILURES: ReadonlySet<string> = new Set(['failed_everywhere', 'node_lost', 'timeout', 'job_cancelled']);

function isFailure({ status, code }: ApiError): boolean {
  return status === 200 || FAILURES.has(code);
}

/** Refusals that have a better advice than their status. */
const HINTS: Readonly<Record<string, string>> = {
  NO_NODE_AVAILABLE: 'See who is there with `plexus nodes`, and what is offered with `plexus services`.',
  BODY_TOO_LARGE: 'Send less, or in parts: a request has 10 MiB at most.',
  COST_EXCEEDS_MAXIMUM: 'Allow more with --max-cost.',
  SPEND_LIMIT_EXCEEDED: 'Use another key, or make one with `plexus keys create --spend-limit CREDITS`.',
  model_not_found: 'See what is served with `plexus models`.',
  no_node_available: 'See who is there with `plexus nodes`, and what is served with `plexus models`.',
  context_length_exceeded:
    'Send less, or ask for fewer tokens with --max-tokens; in `plexus chat`, /clear starts afresh.',
  insufficient_quota: 'See `plexus wallet`; an operator gives credits with `plexus grant ACCOUNT CREDITS`.',
  failed_everywhere: 'See why with `plexus jobs` and `plexus jobs explain JOB`.',
  node_lost: 'Try again: another node may do it. `plexus nodes` shows who is there.',
  JOB_ALREADY_ENDED: 'See how with `plexus jobs get JOB`.',
  MODEL_NOT_FOUND: 'See what is served with `plexus models`.',
  NODE_NOT_FOUND: 'See which there are with `plexus nodes`.',
  KEY_NOT_FOUND: 'See which there are with `plexus keys ls`.',
  PLAN_NOT_FOUND: 'See which there are with `plexus payouts list`.',
  ACCOUNT_NOT_FOUND: "An account's id is printed by `plexus wallet` with its key.",
  /** Without a code of its own: a stranger's port. */
  HTTP_404: 'No coordinator answers there: check --url URL or PLEXUS_URL.',
  /** A coordinator's word for a path that it does not have. */
  NOT_FOUND: "Check --url URL or PLEXUS_URL: a coordinator's address has no /v1 at its end.",
  UNKNOWN_URL: 'A node answers there, not its coordinator: check --url URL or PLEXUS_URL.',
};

function refusalHint(error: ApiError): string | undefined {
  const { status, code, retryAfterMs } = error;
  const hint = HINTS[code];
  if (hint !== undefined) return hint;
  if (isForeignHost(error)) return 'Its operator has to allow that name: plexus coordinator --allowed-host NAME';
  if (retryAfterMs !== undefined) return `Try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
  switch (status) {
    case 401:
      return "Give a key with --key or PLEXUS_API_KEY; the operator's is in operator.key in the network's home.";
    case 402:
      return 'See `plexus wallet`; an operator gives credits with `plexus grant ACCOUNT CREDITS`.';
    case 403:
      return "Use a key with that right: `plexus keys ls` shows yours, the operator's may do everything.";
    case 404:
      return 'Check the id; a job or receipt of another account is not found either.';
    default:
      return undefined;
  }
}
