/** How a job looks to Infernet's clients. */
import { hasEnded, type Job } from '@plexus/core';
import { type ContainerStep, containerSteps, type infernetJobEndpoints, type Output } from '@plexus/protocol';

type JobResult = Output<typeof infernetJobEndpoints.watchContainerJob>;

export function toJobResult(job: Job, intermediate: boolean): JobResult {
  const steps = stepsOf(job);
  return {
    id: job.id,
    status: statusOf(job),
    result: steps.at(-1) ?? null,
    ...(intermediate && { intermediate_results: steps.slice(0, -1) }),
  };
}

function statusOf({ state }: Job): JobResult['status'] {
  if (!hasEnded(state)) return 'running';
  return state === 'completed' ? 'success' : 'failed';
}

function stepsOf(job: Job): readonly ContainerStep[] {
  const { state, params, result = '' } = job;
  if (!hasEnded(state)) return [];
  const isStream = params['stream'] === true;
  const steps = isStream ? [] : containerSteps(result);
  if (steps.length > 0) return steps;
  const ids = containersOf(job);
  // Whoever reports a job may keep to himself what came of it.
  if (state === 'completed') return [{ container: ids.at(-1) ?? '', output: isStream ? result : null }];
  return [failureOf(job, ids)];
}

/** A runner's error begins with the container that it is about; other errors come before any. */
function failureOf({ error, reason, state }: Job, ids: readonly string[]): ContainerStep {
  const text = error ?? reason ?? state;
  const container = ids.find((id) => text.startsWith(`${id}: `));
  return container === undefined
    ? { container: ids[0] ?? '', error: text }
    : { container, error: text.slice(container.length + 2) };
}

function containersOf({ params }: Job): readonly string[] {
  const { containers } = params;
  return Array.isArray(containers) ? containers.map(String) : [];
}
