import type { Job } from '../jobs/job.ts';

/** What happens in a network, for metrics, live updates and webhooks. */
export type PlexusEvent =
  | { readonly type: 'job_accepted'; readonly job: Job }
  | { readonly type: 'job_leased'; readonly job: Job }
  /** The node says that the job is further than before. */
  | { readonly type: 'job_progress'; readonly job: Job }
  /** The first piece of a stream is there. */
  | { readonly type: 'stream_begun'; readonly job: Job; readonly seconds: number }
  /** Another node goes on with a stream. */
  | { readonly type: 'stream_continued'; readonly job: Job }
  | { readonly type: 'job_ended'; readonly job: Job }
  | { readonly type: 'node_online'; readonly nodeId: string }
  | { readonly type: 'node_offline'; readonly nodeId: string }
  | { readonly type: 'result_refused'; readonly nodeId: string; readonly jobId: string; readonly reason: string };

export type EventListener = (event: PlexusEvent) => void;

/** Tells every listener; a listener must not throw and must not wait. */
export interface EventBus {
  emit(event: PlexusEvent): void;
  /** @returns a function that ends the subscription */
  subscribe(listener: EventListener): () => void;
}

export function createEventBus(): EventBus {
  const listeners = new Set<EventListener>();
  return {
    emit(event) {
      for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
