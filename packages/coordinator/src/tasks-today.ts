import type { Books, EventBus } from '@plexus/core';

/** Counts the tasks accepted on the current UTC day, in memory, starting from what the books know. */
export async function createTasksToday(books: Books, events: EventBus): Promise<() => number> {
  let day = today();
  let count = await books.read.countJobs(day);
  const roll = () => {
    if (day === today()) return;
    day = today();
    count = 0;
  };
  events.subscribe(({ type }) => {
    if (type !== 'job_accepted') return;
    roll();
    count += 1;
  });
  return () => {
    roll();
    return count;
  };
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
