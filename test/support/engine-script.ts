import type { Job } from '@plexus/core';
import type { TaskResult } from '@plexus/protocol';
import fc from 'fast-check';
import { CLIENT, join, type ScriptedNode, type World } from './engine-world.ts';

const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });
const node = fc.nat(2);

const step = fc.oneof(
  weighted(8, fc.record({ do: fc.constant('submit' as const), detached: fc.boolean() })),
  weighted(4, fc.record({ do: fc.constant('join' as const), node, isResumed: fc.boolean() })),
  weighted(2, fc.record({ do: fc.constant('leave' as const), node })),
  weighted(6, fc.record({ do: fc.constant('complete' as const), node, isTwice: fc.boolean() })),
  weighted(3, fc.record({ do: fc.constant('fail' as const), node, isFinal: fc.boolean() })),
  weighted(2, fc.record({ do: fc.constant('lie' as const), node, liar: node })),
  weighted(1, fc.record({ do: fc.constant('cancel' as const), job: fc.nat(20) })),
  weighted(3, fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 10, 3000, 6000, 61_000) })),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** What may happen to a network, in any order. */
export const script = fc.array(step, { minLength: 20, maxLength: 80 });

/** Plays a script, step by step, from a network of one node. */
export class Play {
  readonly submitted: Promise<Job | undefined>[] = [];
  private readonly nodes = new Map<number, ScriptedNode>();
  private readonly gone = new Map<number, ScriptedNode>();
  private readonly world: World;

  private constructor(world: World) {
    this.world = world;
  }

  static async begin(world: World): Promise<Play> {
    const play = new Play(world);
    await play.join(0, false);
    return play;
  }

  async run(action: Step): Promise<void> {
    switch (action.do) {
      case 'submit':
        return this.submit(action.detached);
      case 'join':
        return await this.join(action.node, action.isResumed);
      case 'leave':
        return this.leave(action.node);
      case 'cancel':
        return this.cancel(action.job);
      case 'pass':
        return await this.world.time.pass(action.ms);
      case 'complete':
      case 'fail':
      case 'lie':
        return this.answer(action);
    }
  }

  private submit(detached: boolean): void {
    const request = { caller: CLIENT, service: 'echo', content: 'x', params: {}, detached };
    this.submitted.push(this.world.jobs.submit(request).catch(() => undefined));
  }

  private async join(number: number, isResumed: boolean): Promise<void> {
    const before = this.gone.get(number) ?? this.nodes.get(number);
    this.nodes.set(number, await join(this.world, `node-${number}`, isResumed ? before : undefined));
  }

  private leave(number: number): void {
    const session = this.nodes.get(number);
    if (!session?.node) return;
    this.nodes.delete(number);
    this.gone.set(number, session);
    this.world.registry.disconnect(session, session.node.record.id);
    this.world.desk.lost(session.node);
  }

  private cancel(number: number): void {
    const job = [...this.world.live.list()][number];
    if (job) this.world.jobs.cancel(CLIENT, job.job.id).catch(() => undefined);
  }

  private answer(action: Extract<Step, { do: 'complete' | 'fail' | 'lie' }>): void {
    const session = this.nodes.get(action.node);
    const task = session?.tasks.shift();
    if (!session || !task) return;
    const result = { task_id: task.task_id, epoch: task.epoch ?? 1, processing_time_ms: 1, result: 'x' };
    switch (action.do) {
      case 'complete':
        this.say(session, { ...result, status: 'completed' });
        if (action.isTwice) this.say(session, { ...result, status: 'completed' });
        return;
      case 'fail': {
        const error = { code: 'ENGINE_FAILED', message: 'broken', retryable: !action.isFinal };
        return this.say(session, { ...result, status: 'failed', error });
      }
      case 'lie':
        session.tasks.unshift(task);
        return this.say(this.nodes.get(action.liar) ?? session, {
          ...result,
          epoch: result.epoch + 1,
          status: 'completed',
        });
    }
  }

  private say({ node: speaker }: ScriptedNode, result: TaskResult): void {
    if (speaker) this.world.desk.result(speaker, result);
  }
}
