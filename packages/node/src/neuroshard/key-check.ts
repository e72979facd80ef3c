import { createHash } from 'node:crypto';
import { plexusEndpoints } from '@plexus/protocol';
import { Check } from 'typebox/value';
import Type, { type Static } from 'typebox';
import { callCoordinator, readAnswer } from '../coordinator-http.ts';
import type { NodePass } from '../node-pass.ts';

/** A key is shown to the coordinator again after this long, so that one that was revoked is soon refused. */
const CACHE_MS = 5000;
const CACHE_ENTRIES = 1000;
const ANSWER_MS = 10_000;
const Answer = plexusEndpoints.getCaller.response;
const NO_GOOD = ['INVALID_API_KEY', 'KEY_EXPIRED'];
const Refused = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    details: Type.Object({ node: Type.Optional(Type.String()) }),
  }),
});

/** Who showed a key, or how the coordinator refused it. */
type Checked =
  | { readonly isGood: true; readonly caller: Static<typeof Answer> }
  | { readonly isGood: false; readonly status: number; readonly message: string | undefined };

export interface KeyCheckOptions {
  /** Base of the coordinator's HTTP API. */
  readonly baseUrl: string;
  readonly pass: NodePass;
  /** Why a key must not be shown to the coordinator now: it has not proven itself, or is out of reach. */
  readonly unready: () => string | undefined;
}

/** Asks the coordinator who a key belongs to, and whether it is good at this node; fails where it cannot be asked. */
export type KeyCheck = (apiKey: string) => Promise<Checked>;

export function createKeyCheck({ baseUrl, pass, unready }: KeyCheckOptions): KeyCheck {
  const remembered = new Map<string, { readonly until: number; readonly checked: Promise<Checked> }>();

  async function ask(apiKey: string): Promise<Checked> {
    const headers = { ...pass(), authorization: `Bearer ${apiKey}` };
    const { path } = plexusEndpoints.getCaller;
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = await callCoordinator({ baseUrl, method: 'GET', path, headers, signal });
    const body: unknown = JSON.parse(await readAnswer(answer));
    if (answer.statusCode === 200 && Check(Answer, body)) return { isGood: true, caller: body };
    return { isGood: false, status: answer.statusCode ?? 502, message: messageIn(body) };
  }

  return (apiKey) => {
    const name = createHash('sha256').update(apiKey).digest('hex');
    const now = performance.now();
    const known = remembered.get(name);
    if (known && known.until > now) return known.checked;
    const reason = unready();
    if (reason !== undefined) return Promise.reject(new Error(reason));
    if (remembered.size >= CACHE_ENTRIES) remembered.clear();
    const checked = ask(apiKey);
    remembered.set(name, { until: now + CACHE_MS, checked });
    // What could not be asked, or was not answered by a yes or no, is asked again.
    const forget = (): void => void remembered.delete(name);
    checked.then((answer) => isVerdict(answer) || forget(), forget);
    return checked;
  };
}

function isVerdict(checked: Checked): boolean {
  return checked.isGood || checked.status === 401;
}

/** Nothing where the coordinator says no more than that there is no such key, or none any more. */
function messageIn(body: unknown): string | undefined {
  if (!Check(Refused, body)) return undefined;
  const { code, message, details } = body.error;
  return NO_GOOD.includes(code) && details.node === undefined ? undefined : message;
}
