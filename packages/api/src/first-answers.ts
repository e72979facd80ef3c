import { forgetFirst, isObject } from '@plexus/protocol';

/** Answers that are remembered; after that, or a restart, a repetition is told what has become of what it made. */
const MAX_ANSWERS = 10_000;

/** What callers were told when they made something under an Idempotency-Key. */
export class FirstAnswers {
  private readonly answers = new Map<string, unknown>();

  /** What was told first of whatever an answer names: that answer, where there was none before. */
  of(operationId: string, creates: string, answer: unknown): unknown {
    if (!isObject(answer)) return answer;
    const name = `${operationId} ${String(answer[creates])}`;
    if (this.answers.has(name)) return this.answers.get(name);
    this.answers.set(name, answer);
    if (this.answers.size > MAX_ANSWERS) forgetFirst(this.answers);
    return answer;
  }
}
