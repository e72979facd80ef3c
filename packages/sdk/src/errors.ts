import { isObject } from '@plexus/protocol';
/** What a server said when it refused, read from any dialect's error body. */
export interface Refusal {
  /** A stable machine code where the dialect has one, else `HTTP_<status>`. */
  readonly code: string;
  readonly message: string;
  /** What the server says beside that, for example which field; empty where it says no more. */
  readonly details: Readonly<Record<string, unknown>>;
}

interface ApiErrorFields extends Refusal {
  readonly status: number;
  readonly body: unknown;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly isFinal?: boolean;
}

/**
 * The answer of a server that refused; `retryAfterMs` is its own advice, in milliseconds. The status is 200 where the
 * work failed after the answer had begun, in the midst of a stream.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly details: Refusal['details'];
  readonly body: unknown;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** Whether the server says that asking again would be of no use. */
  readonly isFinal: boolean;

  constructor(fields: ApiErrorFields) {
    super(fields.message);
    this.status = fields.status;
    this.code = fields.code;
    this.details = fields.details;
    this.body = fields.body;
    this.requestId = fields.requestId;
    this.retryAfterMs = fields.retryAfterMs;
    this.isFinal = fields.isFinal ?? false;
  }
}

/** Why no usable answer came: nobody there, too slow, too long, not what was asked for, or ended before its end. */
export type ConnectionErrorCode = 'UNREACHABLE' | 'TIMEOUT' | 'TOO_LARGE' | 'BAD_ANSWER' | 'CUT_OFF';

/** No usable answer came from the server, so what became of the request is unknown. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: ConnectionErrorCode;
  readonly url: string;

  constructor(code: ConnectionErrorCode, url: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.url = url;
  }
}

/**
 * Reads `{error: {code, message, details}}` (AITBC, NeuroShard, OpenAI, Plexus), `{error, params}` (Infernet) and
 * `{detail}` (GemmaNet, Cocoon), where `detail` may be FastAPI's list of what was wrong.
 */
export function readRefusal(status: number, body: unknown): Refusal {
  const fallback = { code: `HTTP_${status}`, message: `The server answered HTTP ${status}`, details: {} };
  if (!isObject(body)) return fallback;
  const { error, detail, code, params } = body;
  if (isObject(error)) {
    return {
      code: textOf(error['code']) ?? textOf(error['type']) ?? fallback.code,
      message: textOf(error['message']) ?? fallback.message,
      details: objectOf(error['details']),
    };
  }
  return {
    code: textOf(code) ?? fallback.code,
    message: textOf(error) ?? textOf(detail) ?? validationMessage(detail) ?? fallback.message,
    details: objectOf(params),
  };
}

function objectOf(value: unknown): Refusal['details'] {
  return isObject(value) ? value : {};
}

function validationMessage(detail: unknown): string | undefined {
  if (!Array.isArray(detail) || detail.length === 0) return undefined;
  return detail.map(validationItem).join('; ');
}

function validationItem(item: unknown): string {
  if (!isObject(item)) return String(item);
  const where = Array.isArray(item['loc']) ? item['loc'].join('.') : '';
  const what = textOf(item['msg']) ?? 'is wrong';
  return where ? `${where}: ${what}` : what;
}

/** A text that says something. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
