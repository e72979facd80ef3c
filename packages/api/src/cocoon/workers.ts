import { type cocoonEndpoints, nanoToTon } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { CocoonDeps } from './deps.ts';
import { given, microOf } from './input.ts';
import { toMetric, toWorker } from './views.ts';

type WorkerHandlers = Pick<
  Handlers<typeof cocoonEndpoints>,
  'listWorkers' | 'getWorker' | 'createWorker' | 'updateWorker' | 'getWorkerMetrics' | 'getWorkerStats'
>;

const DAY_HOURS = 24;

export function workerHandlers(deps: Pick<CocoonDeps, 'workers'>): WorkerHandlers {
  const { workers } = deps;
  return {
    ...figureHandlers(deps),

    async listWorkers({ query }, { caller }) {
      const { participant_id: participantId, is_active: isActive, limit = 1000, offset = 0 } = query;
      return (await workers.list(caller, given({ participantId, isActive }), { limit, offset })).map(toWorker);
    },

    async getWorker({ params }, { caller }) {
      return toWorker(await workers.get(caller, params.worker_id));
    },

    async createWorker({ body }, { caller, idempotency }) {
      const { worker_name: name, host = 'localhost', price_coefficient: coefficient = 1 } = body;
      const worker = await workers.create(caller, {
        participantId: body.participant_id,
        name,
        instanceNumber: body.instance_number,
        host,
        priceCoefficient: microOf(coefficient),
        ...given({ statsPort: body.stats_port, cid: body.cid, idempotency }),
      });
      return toWorker(worker);
    },

    async updateWorker({ params, body }, { caller }) {
      const { worker_name: name, is_active: isActive, price_coefficient: coefficient } = body;
      const priceCoefficient = coefficient === undefined ? undefined : microOf(coefficient);
      return toWorker(await workers.change(caller, params.worker_id, given({ name, isActive, priceCoefficient })));
    },
  };
}

function figureHandlers({
  workers,
}: Pick<CocoonDeps, 'workers'>): Pick<WorkerHandlers, 'getWorkerMetrics' | 'getWorkerStats'> {
  return {
    async getWorkerMetrics({ params, query: { hours = DAY_HOURS } }, { caller }) {
      const { worker, points } = await workers.metrics(caller, params.worker_id, hours);
      return {
        worker_id: worker.id,
        worker_name: worker.name,
        period_hours: hours,
        metrics_count: points.length,
        metrics: points.map(toMetric),
      };
    },

    async getWorkerStats({ params }, { caller }) {
      const { worker, stats } = await workers.stats(caller, params.worker_id, DAY_HOURS);
      if (!stats) return { worker_id: worker.id, message: 'No metrics available' };
      return {
        worker_id: worker.id,
        worker_name: worker.name,
        period_hours: DAY_HOURS,
        total_revenue_ton: nanoToTon(BigInt(stats.revenue)),
        avg_gpu_utilization: stats.gpuUtilization ?? null,
        total_inference_requests: stats.requests,
        uptime_percentage: stats.uptimePercent,
      };
    },
  };
}
