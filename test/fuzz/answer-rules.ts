/** What every answer must be, whatever was asked. Each rule says what is wrong, or nothing. */
import { clientErrorAnswer } from '@plexus/listener';
import { Ajv } from 'ajv';
import { resolve, type Schema } from './json-schema.ts';
import type { RawAnswer } from './http-answer.ts';
import type { Operation } from './operations.ts';
import type { RawRequest } from './raw-http.ts';

/** Marks of what a caller has no business to see. */
const INNER = /node_modules|\.ts:\d+|at Object\.<anonymous>|SQLITE|Internal server error|internal_error/;

/** What is answered to bytes that are no request. */
const UNREAD = new Set(
  [undefined, 'HPE_HEADER_OVERFLOW'].map((code) => clientErrorAnswer(code, '').split('\r\n\r\n')[1]),
);

const JSON_TYPE = 'application/json';
const EVENTS = 'text/event-stream';

const ajv = new Ajv({ strict: false, validateFormats: false });

/** @returns everything that is wrong with an answer to a request that was meant for an operation */
export function faultsOf(answer: RawAnswer, operation: Operation, request: RawRequest): readonly string[] {
  const { status, headers, body } = answer;
  const { method } = request;
  const isElsewhere =
    UNREAD.has(body) || !isMeantFor(operation, request) || (status < 400 && method !== operation.method);
  const faults = [
    status >= 500 && status !== 503 ? `the status is ${status}` : undefined,
    INNER.test(body) ? 'the answer shows the inside of the program' : undefined,
    headers.has('x-request-id') ? undefined : 'there is no x-request-id',
    ...headerFaults(answer),
    method === 'HEAD' || isEmpty(answer, operation)
      ? undefined
      : isElsewhere
        ? strayFault(answer)
        : bodyFault(answer, operation),
  ];
  return faults.filter((fault) => fault !== undefined);
}

/** Whether there is nothing to tell, as is documented. */
function isEmpty({ status, body }: RawAnswer, { answers }: Operation): boolean {
  return status === 204 && '204' in answers && body === '';
}

function headerFaults({ status, headers }: RawAnswer): readonly (string | undefined)[] {
  const isFinal = headers.get('x-should-retry') === 'false';
  return [
    status === 401 && !headers.has('www-authenticate') ? '401 without www-authenticate' : undefined,
    status === 405 && !headers.has('allow') ? '405 without allow' : undefined,
    (status === 503 || status === 429) && !headers.has('retry-after') && !isFinal
      ? `${status} does not say when to come back`
      : undefined,
  ];
}

function bodyFault(answer: RawAnswer, operation: Operation): string | undefined {
  const { answers, document, isDocumented } = operation;
  const { status, body } = answer;
  if (!isDocumented) return strayFault(answer);
  const type = mediaTypeOf(answer);
  const contents = answers[status] ?? answers['default'];
  if (status < 400 && contents?.[type] && type !== JSON_TYPE) return textFault(type, body, operation);
  if (type !== JSON_TYPE) return `the answer is "${type}"`;
  const schema = contents?.[JSON_TYPE];
  return schema ? misfit(parsed(body), schema, document) : `the status ${status} is not documented`;
}

/** Plain text may be anything. */
function textFault(type: string, body: string, { answers, document }: Operation): string | undefined {
  return type === EVENTS ? eventsFault(body, answers, document) : undefined;
}

function mediaTypeOf({ headers }: RawAnswer): string {
  return headers.get('content-type')?.split(';')[0] ?? '';
}

/** Whether a request reaches the operation's path, and does not ask for a WebSocket there. */
function isMeantFor({ path }: Operation, { target, headers }: RawRequest): boolean {
  const asksForSocket = headers.some(([name, value]) => name === 'upgrade' && value === 'websocket');
  return !asksForSocket && patternOf(path).test(target.split('?')[0] ?? '');
}

/** A path as OpenAPI writes it, with anything in the place of its parameters. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.+*?^$()|[\]\\]/g, String.raw`\$&`).replace(/\{\w+\}/g, '[^/]+')}$`);
}

/** Of what no document speaks, or what reached another place than it was meant for: a refusal says why. */
function strayFault(answer: RawAnswer): string | undefined {
  if (answer.status < 400) return undefined;
  if (mediaTypeOf(answer) !== JSON_TYPE) return `the refusal is "${mediaTypeOf(answer)}"`;
  const value = parsed(answer.body) as { readonly detail?: unknown; readonly error?: unknown } | undefined;
  return value?.detail !== undefined || value?.error !== undefined ? undefined : 'the refusal says nothing';
}

/** The last event of a stream that failed is a refusal. */
function eventsFault(body: string, answers: Operation['answers'], document: Schema): string | undefined {
  if (!body.endsWith('\n\n')) return 'the stream ends within an event';
  const last = body.trimEnd().split('\n\n').at(-1) ?? '';
  if (last === 'data: [DONE]' || last.startsWith('data: {"token":"[DONE]",')) return undefined;
  const schema = answers['default']?.[JSON_TYPE];
  if (!last.startsWith('data: ') || !schema) return 'the stream does not say how it ended';
  return misfit(parsed(last.slice('data: '.length)), schema, document);
}

function misfit(value: unknown, schema: Schema, document: Schema): string | undefined {
  if (value === undefined) return 'the answer is no JSON';
  const fits = ajv.compile(resolve(schema, document));
  if (fits(value)) return undefined;
  const [error] = fits.errors ?? [];
  return `the answer is not as documented: ${error?.instancePath ?? ''} ${error?.message ?? ''}`;
}

/** Whether a value is what a schema says. */
export function isFit(value: unknown, schema: Schema): boolean {
  return ajv.validate(schema, value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
