import type { Job } from './job.ts';

/** Characters of all texts that a client sent with its job, names of members left out: what it takes of memory. */
export function textSizeOf({ content, params }: Pick<Job, 'content' | 'params'>): number {
  return content.length + charactersIn(params);
}

/** Bodies are bounded in depth, so that this ends. */
function charactersIn(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let sum = 0;
  for (const member of Object.values(value)) sum += charactersIn(member);
  return sum;
}
