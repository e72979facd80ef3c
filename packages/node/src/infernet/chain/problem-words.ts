const MAX_WORDS = 300;

/**
 * What went wrong, in one line. Of viem's errors that is what they begin with, and what the endpoint said: the endpoint's
 * address, which they name too, often has a key in it.
 */
export function problemWords(problem: unknown): string {
  if (!(problem instanceof Error)) return String(problem);
  const [first = ''] = problem.message.replace(/\.$/, '').split(/\.?\n\n/);
  const last = first.split('\n').at(-1) ?? '';
  const more = moreOf(problem);
  const isNew = more !== '' && !more.includes(last) && !first.includes(more);
  return (isNew ? `${first}: ${more}` : first).replaceAll(/\s+/g, ' ').slice(0, MAX_WORDS);
}

function moreOf(problem: Error): string {
  if ('details' in problem && typeof problem.details === 'string') return problem.details;
  return problem.cause === undefined ? '' : problemWords(problem.cause);
}
