import { setTimeout as sleep } from 'node:timers/promises';
import { requestUnits } from '@plexus/protocol';
import { asRunError, closedError, linkSignals, throwIfInterrupted } from '../interruption.ts';
import { createParamsCheck, numberParam } from '../params.ts';
import type { RunContext, RunRequest, RunResult, Runner } from '../runner.ts';

const DEFAULT_CONCURRENCY = 1000;

/** Answers with what it was given. Source: seed 000, `"result": "Echo: Hello world!"`. */
export function createEchoRunner({
  concurrency = DEFAULT_CONCURRENCY,
}: { readonly concurrency?: number } = {}): Runner {
  const check = createParamsCheck('echo');
  const closing = new AbortController();

  async function run(request: RunRequest, context: RunContext): Promise<RunResult> {
    const { signal } = context;
    throwIfInterrupted(signal);
    throwIfInterrupted(closing.signal);
    const delayMs = numberParam(check(request), 'delay_ms') ?? 0;
    if (delayMs > 0) await pause(delayMs, signal);
    context.progress(100);
    return { output: `Echo: ${request.content}`, units: requestUnits(request.content), metadata: {} };
  }

  async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
    const either = linkSignals([signal, closing.signal]);
    try {
      await sleep(delayMs, undefined, { signal: either.signal });
    } catch (error) {
      throw asRunError(error, either.signal);
    } finally {
      either.unlink();
    }
  }

  return {
    service: 'echo',
    concurrency,
    models: [],
    languages: [],
    run,
    async close() {
      closing.abort(closedError());
    },
  };
}
