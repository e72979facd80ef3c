/** Tasks of nodes, and their results, as miners see them that speak AITBC's dialect. */
import type { PolledTask } from '@plexus/core';
import { type aitbcEndpoints, formatCredits, hasJsonContent, type Output, serviceFor } from '@plexus/protocol';
import { jobTypeOf, PROGRAM_SERVICE } from './service-names.ts';

type Task = Output<typeof aitbcEndpoints.pollMiner>;

export function toTask(
  { task_id, task_type, name, content, params, epoch = 0, deadline_ms, receipt }: PolledTask,
  now: Date,
): Task {
  const service = serviceFor(task_type);
  const { content: input, unitType, unitPriceMicro } = service;
  const value: unknown = hasJsonContent(service, params) ? parseJson(content) : content;
  const deadline = deadline_ms === undefined ? null : new Date(now.getTime() + deadline_ms).toISOString();
  return {
    job_id: task_id,
    payload: {
      type: jobTypeOf(task_type),
      name: name ?? null,
      input: task_type === PROGRAM_SERVICE ? value : { [input.name]: value },
      params,
    },
    constraints: {
      epoch,
      deadline,
      unit_type: receipt?.unit_type ?? unitType,
      unit_price: formatCredits(receipt ? BigInt(receipt.unit_price_micro) : unitPriceMicro),
      max_units: receipt?.max_units ?? 0,
    },
  };
}

/** The text itself where it is no JSON: what is wrong with a job is for its miner to say. */
function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}
