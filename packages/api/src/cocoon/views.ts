import type { CountedParticipant, Payout, SeriesPoint, WatchedWorker } from '@plexus/core';
import { type cocoonEndpoints, nanoToTon, type Output } from '@plexus/protocol';

type Table = typeof cocoonEndpoints;

const MICRO = 1_000_000;

/** Whole seconds are written as they were given, `2025-01-15T10:30:00Z`. */
function instantText(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}

export const timeOf = (date: Date | undefined): string | null => (date ? instantText(date) : null);
const tonOf = (nano: number | undefined): number | null => (nano === undefined ? null : nanoToTon(BigInt(nano)));

export function toParticipant({ totals, ...participant }: CountedParticipant): Output<Table['getParticipant']> {
  return {
    ton_wallet_address: participant.wallet,
    telegram_user_id: participant.telegramUserId ?? null,
    username: participant.username ?? null,
    email: participant.email ?? null,
    id: participant.id,
    is_active: participant.isActive,
    is_operator: participant.isOperator,
    created_at: instantText(participant.createdAt),
    updated_at: instantText(participant.updatedAt),
    total_workers: totals.workers,
    active_workers: totals.activeWorkers,
    total_revenue_ton: nanoToTon(totals.revenue),
    total_payouts: totals.payouts,
    last_payout_date: timeOf(totals.lastPayoutAt),
  };
}

export function toWorker({ worker, state }: WatchedWorker): Output<Table['getWorker']> {
  return {
    worker_name: worker.name,
    instance_number: worker.instanceNumber,
    host: worker.host,
    stats_port: worker.statsPort,
    cid: worker.cid ?? null,
    price_coefficient: worker.priceCoefficient / MICRO,
    id: worker.id,
    participant_id: worker.participantId,
    is_active: worker.isActive,
    last_seen: timeOf(state?.seenAt),
    created_at: instantText(worker.createdAt),
    updated_at: instantText(worker.updatedAt),
    latest_status: state?.status ?? null,
    latest_gpu_utilization: state?.gpuUtilization ?? null,
    latest_revenue_ton: tonOf(state?.revenueSaid),
    last_metric_time: timeOf(state?.askedAt),
  };
}

export function toMetric(point: SeriesPoint): Output<Table['getWorkerMetrics']>['metrics'][number] {
  return {
    timestamp: instantText(point.at),
    status: point.status,
    gpu_utilization: point.gpuUtilization ?? null,
    gpu_temperature: point.gpuTemperature ?? null,
    inference_requests_total: point.requestsSaid ?? null,
    avg_inference_latency_ms: point.latencyMs ?? null,
    revenue_ton: tonOf(point.revenueSaid),
  };
}

export function toPayout(payout: Payout): Output<Table['getPayout']> {
  return {
    transaction_hash: payout.transactionHash,
    amount_ton: nanoToTon(payout.amount),
    amount_usd: usdOf(payout.usdMicro),
    from_address: payout.fromAddress,
    to_address: payout.toAddress,
    transaction_time: instantText(payout.transactionAt),
    id: payout.id,
    participant_id: payout.participantId,
    confirmed: payout.isConfirmed,
    confirmations: payout.confirmations,
    block_number: payout.blockNumber ?? null,
    period_start: timeOf(payout.periodStart),
    period_end: timeOf(payout.periodEnd),
    total_requests: payout.totalRequests ?? null,
    total_compute_time_seconds: payout.computeSeconds ?? null,
    unverified: payout.isUnverified,
    created_at: instantText(payout.createdAt),
  };
}

export function usdOf(micro: bigint | undefined): number | null {
  return micro === undefined ? null : Number(micro) / MICRO;
}
