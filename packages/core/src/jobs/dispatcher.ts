import type { EventBus } from '../events/events.ts';
import type { LiveNode } from '../nodes/live-node.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import type { Placement } from '../scheduling/candidates.ts';
import type { Choice, Scheduler } from '../scheduling/scheduler.ts';
import { createLineServer, type LineServer } from './line-server.ts';
import { keepDecision, leased, type LiveJob, type Timers } from './live-job.ts';
import type { LiveJobs } from './live-jobs.ts';
import type { Sender } from './sender.ts';
import type { WaitingLine } from './waiting-line.ts';

export interface DispatcherDeps {
  readonly registry: NodeRegistry;
  readonly scheduler: Scheduler;
  readonly sender: Sender;
  readonly line: WaitingLine;
  readonly live: Pick<LiveJobs, 'recount'>;
  readonly events: EventBus;
  readonly timers: Timers;
  readonly clock: () => Date;
}

/** Gives jobs to nodes, or lets them wait for one. */
export interface Dispatcher extends LineServer {
  /** Places a new job whose hold may ride; the first attempt needs no write of its own. */
  place(live: LiveJob): void;
  /** Places a job again; its new lease is on disk before the node hears of it. */
  replace(live: LiveJob): Promise<void>;
}

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { registry, scheduler, sender, line, live: jobs, events, timers, clock } = deps;

  const isPossible = (live: LiveJob): boolean => scheduler.isPossible(placementOf(live));

  function take(live: LiveJob, { node, decision }: Choice & { node: LiveNode }): void {
    live.job = leased(live.job, node, decision, clock());
    live.node = node;
    live.stream?.leased(node, live.job);
    live.tried.add(node.record.id);
    jobs.recount(live);
    registry.takeSlot(node, live.job.service, live.job.id);
    events.emit({ type: 'job_leased', job: live.job });
    if (live.stream?.hasPieces) events.emit({ type: 'stream_continued', job: live.job });
  }

  function wait(live: LiveJob, { decision }: Choice): undefined {
    if (line.isWaiting(live)) return;
    const canBe = isPossible(live);
    line.join(live, canBe);
    const unfit = canBe ? undefined : { unfit: scheduler.unfit(placementOf(live)) };
    live.job = { ...live.job, state: 'queued', decisions: keepDecision(live.job, { ...decision, ...unfit }) };
  }

  /** The node that has the job now; none, and it waits. */
  function takePlace(live: LiveJob): LiveNode | undefined {
    const choice = scheduler.choose(placementOf(live));
    if (!isFound(choice)) return wait(live, choice);
    line.leave(live);
    take(live, choice);
    return choice.node;
  }

  function takeWaiting(live: LiveJob): boolean {
    const node = takePlace(live);
    if (node) sender.sendDurably(live, node).catch((error: unknown) => live.reject(error));
    return node !== undefined;
  }

  return {
    place(live) {
      const node = takePlace(live);
      sender.ride(live);
      if (node) sender.send(live, node);
    },

    async replace(live) {
      const wasRunning = live.job.state === 'running';
      const node = takePlace(live);
      if (node) await sender.sendDurably(live, node);
      else if (wasRunning) await sender.noteReturn(live);
    },

    ...createLineServer({ scheduler, line, timers, isPossible, take: takeWaiting }),
  };
}

/** What a job asks of a node. Weights that are not known are nobody's. */
export function placementOf({ job, tried, stream }: LiveJob): Placement {
  const { service, params, demands, unitPrice } = job;
  if (!stream?.hasPieces) return { service, params, tried, demands, unitPrice };
  const { name = '', weights = '' } = stream.canGoOn ? (stream.model ?? {}) : {};
  return { service, params, tried, demands, unitPrice, begun: { model: name, weights } };
}

function isFound(choice: Choice): choice is Choice & { node: LiveNode } {
  return choice.node !== undefined;
}
