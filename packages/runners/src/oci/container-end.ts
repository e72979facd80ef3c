import { setTimeout as sleep } from 'node:timers/promises';
import { logText } from './docker-logs.ts';
import { EngineError } from './engine-error.ts';
import { callJson, type EngineHttp } from './engine-http.ts';
import { inspectContainer } from './inspect-container.ts';

/** A container may run for years; a connection that broke without a word is noticed by then. */
const WAIT_MS = 60 * 60_000;
const ASK_AGAIN_MS = 500;
const LOG_LINES = 20;
const MAX_SAID = 1000;
/** 128 and SIGKILL: nobody but the kernel sends that to a container which its owner has not removed. */
const KILLED = 137;

/** Why a container has ended. */
export interface ContainerEnd {
  /** Negative where nobody knows. */
  readonly exitCode: number;
  /** Whether it was killed for want of memory, as far as can be told: not every engine says so. */
  readonly isOutOfMemory: boolean;
  /** What it printed last. */
  readonly said: string;
}

const UNKNOWN: ContainerEnd = { exitCode: -1, isOutOfMemory: false, said: '' };
/** Of one that somebody has started again: what led into it leads nowhere any more. */
export const RESTARTED: ContainerEnd = { ...UNKNOWN, said: 'it was started again, and not by this node' };

/**
 * Waits for a container's end, however long it runs. Never rejects: a container of which the engine knows nothing more
 * has ended, too. One whose engine has ended, or has not answered in time, has not: the engine is asked again.
 *
 * @param removed aborts when its owner has removed it
 */
export async function endOf(http: EngineHttp, id: string, removed: AbortSignal): Promise<ContainerEnd> {
  while (!removed.aborted) {
    try {
      return await describeEnd(http, id, await exitCodeOf(http, id, removed));
    } catch (error) {
      if (error instanceof EngineError && error.status !== undefined) return UNKNOWN;
      await sleep(ASK_AGAIN_MS, undefined, { signal: removed }).catch(() => undefined);
    }
  }
  return UNKNOWN;
}

async function exitCodeOf(http: EngineHttp, id: string, signal: AbortSignal): Promise<number> {
  const path = `/containers/${id}/wait`;
  const call = { method: 'POST', path, timeoutMs: WAIT_MS, signal } as const;
  const { StatusCode } = await callJson<{ StatusCode: number }>(http, call);
  return StatusCode;
}

async function describeEnd(http: EngineHttp, id: string, exitCode: number): Promise<ContainerEnd> {
  try {
    const { State } = await inspectContainer(http, id);
    const log = await http.call({ method: 'GET', path: `/containers/${id}/logs?stdout=1&stderr=1&tail=${LOG_LINES}` });
    const isOutOfMemory = State?.OOMKilled === true || exitCode === KILLED;
    return { exitCode, isOutOfMemory, said: logText(log).trim().slice(-MAX_SAID) };
  } catch {
    return { ...UNKNOWN, exitCode };
  }
}

/** An end in words. */
export function endText({ exitCode, isOutOfMemory, said }: ContainerEnd): string {
  if (exitCode < 0) return said === '' ? 'it was removed, and not by this node' : said;
  const why = isOutOfMemory
    ? `it was killed (exit code ${exitCode}), which is what happens when it needs more memory than it may have`
    : `exit code ${exitCode}`;
  return said === '' ? why : `${why}: ${said}`;
}
