/** How a run goes, by its recorded rounds. Source: contract/neuroshard.md, "Training". */
import type { RoundReport, TrainingRound, TrainingRun } from './training.ts';

export type LossTrend = 'insufficient_data' | 'improving' | 'stable' | 'degrading';

/** Losses move this much between the halves of a run before it counts as a trend. */
const TREND_SHARE = 0.02;
const CONVERGING_AGREEMENT = 0.5;
/** The last losses must be below this share of the first ones. */
const VERIFIED_SHARE = 0.9;
const VERIFIED_CHECKPOINTS = 5;
const ENDS = 3;
/** Before so many steps nothing is said. */
const STEPS_BEFORE_VERDICT = 10;

interface LossCheckpoint {
  /** Inner steps of all nodes until then. */
  readonly step: number;
  readonly loss: number;
}

export interface TrainingView {
  readonly run: TrainingRun | undefined;
  readonly isRunning: boolean;
  /** Of the newest round. */
  readonly newest: readonly RoundReport[];
  /** Rounds whose outer step was taken. */
  readonly successfulSyncs: number;
  readonly failedSyncs: number;
  readonly steps: number;
  readonly tokens: number;
  readonly shards: readonly number[];
  /** Nodes that reported in the newest round of a run that goes on. */
  readonly nodes: number;
  readonly averageLoss: number | null;
  readonly minimumLoss: number | null;
  /** Share of nodes with the weights that most have after the newest round; 0 before the first. */
  readonly agreement: number;
  readonly checkpoints: readonly LossCheckpoint[];
  readonly trend: LossTrend;
  /** How much lower the second half of the losses is than the first, in percent. */
  readonly improvementPercent: number | null;
  readonly isConverging: boolean;
  readonly isVerified: boolean;
}

export function viewTraining(run: TrainingRun | undefined, rounds: readonly TrainingRound[]): TrainingView {
  const isRunning = run !== undefined && !run.endedAt;
  const newest = rounds.at(-1)?.reports ?? [];
  const all = rounds.flatMap(({ reports }) => reports);
  const checkpoints = checkpointsOf(rounds);
  const losses = checkpoints.map(({ loss }) => loss);
  const improvement = improvementOf(losses);
  const trend = trendOf(improvement);
  const agreement = agreementOf(newest);
  const successfulSyncs = rounds.filter(({ succeeded }) => succeeded).length;
  return {
    run,
    isRunning,
    newest,
    successfulSyncs,
    failedSyncs: rounds.length - successfulSyncs,
    steps: sum(all.map(({ steps }) => steps)),
    tokens: sum(all.map(({ tokens }) => tokens)),
    shards: [...new Set(all.flatMap(({ shards }) => shards))].toSorted((a, b) => a - b),
    nodes: isRunning ? newest.length : 0,
    averageLoss: newest.length === 0 ? null : mean(newest.map(({ loss }) => loss)),
    minimumLoss: all.length === 0 ? null : all.reduce((least, { loss }) => Math.min(least, loss), Infinity),
    agreement,
    checkpoints,
    trend,
    improvementPercent: improvement === undefined ? null : improvement * 100,
    isConverging: agreement > CONVERGING_AGREEMENT && trend !== 'degrading',
    isVerified: isVerified(losses),
  };
}

/** A yes or no, why, and what to do about a no. */
export interface Verdict {
  readonly isWorking: boolean;
  readonly reason: string;
  readonly action?: string;
}

export function judgeTraining({ steps, agreement, trend, isVerified: verified }: TrainingView): Verdict {
  if (steps < STEPS_BEFORE_VERDICT) {
    const reason = `Insufficient data: ${steps} of ${STEPS_BEFORE_VERDICT} steps`;
    return { isWorking: false, reason, action: 'Let the nodes train on, then ask again.' };
  }
  if (agreement <= CONVERGING_AGREEMENT) {
    const reason = `Network NOT converging! Only ${percent(agreement)} hash agreement.`;
    return { isWorking: false, reason, action: 'Nodes have diverged. Check gradient sync is working.' };
  }
  if (trend === 'degrading') {
    const action = 'Lower the learning rate, or check the data.';
    return { isWorking: false, reason: 'Loss is rising.', action };
  }
  if (verified) {
    return { isWorking: true, reason: 'Training verified! Loss is decreasing and network is converging.' };
  }
  if (trend === 'improving') {
    return { isWorking: true, reason: 'Loss is decreasing and network is converging; it is too early to verify it.' };
  }
  const action = 'Let the nodes train on; a loss that stays may have reached its floor.';
  return { isWorking: false, reason: 'Loss is not decreasing yet.', action };
}

/** A share as the page prints it, for example `100.0%`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function checkpointsOf(rounds: readonly TrainingRound[]): readonly LossCheckpoint[] {
  let step = 0;
  return rounds.flatMap(({ reports }) => {
    if (reports.length === 0) return [];
    step += sum(reports.map(({ steps }) => steps));
    return [{ step, loss: mean(reports.map(({ loss }) => loss)) }];
  });
}

function agreementOf(reports: readonly RoundReport[]): number {
  const counts = new Map<string, number>();
  for (const { weightsHash } of reports) counts.set(weightsHash, (counts.get(weightsHash) ?? 0) + 1);
  return reports.length === 0 ? 0 : Math.max(...counts.values()) / reports.length;
}

/** By which share the mean loss of the second half is below that of the first. */
function improvementOf(losses: readonly number[]): number | undefined {
  const half = Math.floor(losses.length / 2);
  if (half === 0) return undefined;
  const first = mean(losses.slice(0, half));
  return first === 0 ? 0 : (first - mean(losses.slice(-half))) / first;
}

function trendOf(improvement: number | undefined): LossTrend {
  if (improvement === undefined) return 'insufficient_data';
  if (improvement > TREND_SHARE) return 'improving';
  return improvement < -TREND_SHARE ? 'degrading' : 'stable';
}

function isVerified(losses: readonly number[]): boolean {
  if (losses.length < VERIFIED_CHECKPOINTS) return false;
  return mean(losses.slice(-ENDS)) < VERIFIED_SHARE * mean(losses.slice(0, ENDS));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
