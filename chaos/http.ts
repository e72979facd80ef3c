/** Calls as any client makes them; nothing here knows the network's own code. */

export interface Call {
  readonly key?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Answers of every shape are looked into field by field, and compared.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

const PATIENCE_MS = 15_000;

/** @throws what fetch throws, also when no answer came in 15 s */
export async function send(url: string, call: Call = {}): Promise<Response> {
  const { key, body, headers = {}, signal = AbortSignal.timeout(PATIENCE_MS) } = call;
  return await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal,
  });
}

/** Sends JSON, reads JSON. */
export async function call(url: string, options: Call = {}): Promise<Answer> {
  const response = await send(url, options);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** @throws {Error} when the answer is no success */
export async function must(url: string, options: Call = {}): Promise<Answer['body']> {
  const { status, body } = await call(url, options);
  if (status >= 200 && status < 300) return body;
  throw new Error(`${url} answered ${status}: ${JSON.stringify(body)}`);
}
