import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { endText } from '../oci/container-end.ts';
import type { RunningContainer } from '../oci/container-engine.ts';
import type { WarmContainers } from '../oci/warm-containers.ts';
import type { ContainerAnswer, ContainerCall, ContainerCalls } from './container-calls.ts';

/** How long after a connection broke the container's end may be told, which is then the reason. */
const END_IS_TOLD_MS = 5000;

/** Calls a container that this machine runs, and starts it where it does not run. */
export function createImageCalls(warm: Pick<WarmContainers, 'get'>, id: string): ContainerCalls {
  const agent = new Agent({ keepAlive: true });
  return {
    async call(call) {
      const late = AbortSignal.timeout(call.timeoutMs);
      const signal = AbortSignal.any([call.signal, late]);
      const worded = { call, late };
      const container = await warm.get(id, signal).catch(async (error: unknown) => {
        throw await explain(error, worded);
      });
      try {
        const answer = await exchange(container, call, { agent, signal });
        return answerOf(answer, { ...worded, container });
      } catch (error) {
        throw await explain(error, { ...worded, container });
      }
    },
  };
}

function exchange(
  { place }: RunningContainer,
  { method, path, body }: ContainerCall,
  options: { readonly agent: Agent; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  const headers =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const asked = request({ ...place, ...options, method, path, headers: { host: 'container', ...headers } }, resolve);
    asked.once('error', reject);
    asked.end(body);
  });
}

interface Worded {
  readonly call: ContainerCall;
  readonly late: AbortSignal;
  readonly container?: RunningContainer;
}

function answerOf(answer: IncomingMessage, worded: Worded): ContainerAnswer {
  return { status: answer.statusCode ?? 0, body: bounded(answer, worded), discard: () => void answer.destroy() };
}

async function* bounded(answer: IncomingMessage, worded: Worded): AsyncGenerator<Uint8Array> {
  const { maxBytes } = worded.call;
  let size = 0;
  try {
    for await (const piece of answer) {
      // No encoding is set, so pieces are bytes.
      const bytes = piece as Buffer;
      size += bytes.length;
      if (size > maxBytes) throw new Error(`Its answer has more than ${maxBytes} bytes`);
      yield bytes;
    }
  } catch (error) {
    throw size > maxBytes ? error : await explain(error, worded);
  } finally {
    answer.destroy();
  }
}

/** A connection that broke says little; that its container has ended, and why, says more. */
async function explain(error: unknown, { call, late, container }: Worded): Promise<unknown> {
  if (call.signal.aborted) return error;
  if (late.aborted) return new Error(`It did not answer within ${call.timeoutMs / 1000} s`, { cause: error });
  if (!container) return error;
  await container.look();
  const told = new AbortController();
  const silence = sleep(END_IS_TOLD_MS, undefined, { signal: told.signal }).catch(() => undefined);
  const end = await Promise.race([container.ended, silence]);
  told.abort();
  return end ? new Error(`It has ended: ${endText(end)}`, { cause: error }) : error;
}
