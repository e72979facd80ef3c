/** Work of AUTOMATIC1111's server under an id of ours. Source: its `modules/progress.py`, from version 1.7 on. */
import { setTimeout as delay } from 'node:timers/promises';
import Type from 'typebox';
import { Check } from 'typebox/value';
import { callJson, type UpstreamAddress, type UpstreamCall, type UpstreamTimeouts } from '../llm/upstream-http.ts';

/** How often it is asked how far it is, and how long it may take to say so. */
const LOOK_EVERY_MS = 1000;
const LOOK_MS = 5000;
/** What stopping may take: whoever cancelled waits for it. */
const STOP_MS = 500;

const State = Type.Object({
  /** Whether it is this task that the server works on now. */
  active: Type.Boolean(),
  /** Of 1. */
  progress: Type.Optional(Type.Unsafe<number | null>({})),
});

interface Task {
  readonly id: string;
  readonly address: UpstreamAddress;
  readonly onPercent: (percent: number) => void;
}

/**
 * Waits for work that a server knows under an id, and tells how far it is. When it fails, or nobody wants it any more,
 * the server is told to stop: it would go on for nobody. A server without tasks is left alone.
 */
export async function followTask<T>(task: Task, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  void tell(task, over.signal).catch(() => undefined);
  try {
    return await work();
  } catch (error) {
    await stop(task).catch(() => undefined);
    throw error;
  } finally {
    over.abort();
  }
}

async function tell(task: Task, signal: AbortSignal): Promise<void> {
  for (;;) {
    await delay(LOOK_EVERY_MS, undefined, { signal });
    const { active, progress } = await look(task, LOOK_MS, signal);
    if (active && typeof progress === 'number') task.onPercent(progress * 100);
  }
}

/** What it works on may be somebody else's. */
async function stop(task: Task): Promise<void> {
  const { signal } = new AbortController();
  const { active } = await look(task, STOP_MS, signal);
  if (active) await ask({ ...task, path: '/sdapi/v1/interrupt', body: {}, signal }, STOP_MS);
}

async function look({ address, id }: Task, withinMs: number, signal: AbortSignal) {
  const state = await ask({ address, path: '/internal/progress', body: { id_task: id }, signal }, withinMs);
  if (!Check(State, state)) throw new Error('The image server does not tell of tasks');
  return state;
}

async function ask(call: Omit<UpstreamCall, keyof UpstreamTimeouts>, withinMs: number): Promise<unknown> {
  return await callJson({ ...call, firstByteMs: withinMs, idleMs: withinMs });
}
