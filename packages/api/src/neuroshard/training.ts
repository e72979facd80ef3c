import { judgeTraining, percent, type RunView, type TrainingView } from '@plexus/core';
import type { Output, trainingEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { NeuroshardDeps } from './deps.ts';
import { askedNode } from './network.ts';

type Endpoints = typeof trainingEndpoints;
type Global = Output<Endpoints['getGlobalTraining']>;

/** Where no node is asked. */
const NOBODY: Global['local'] = { node_id: null, training_rounds: 0, current_loss: null, is_training: false };

/** Endpoints about training, by what its runs have recorded. */
export function trainingHandlers({ training }: Pick<NeuroshardDeps, 'training'>): Handlers<Endpoints> {
  return {
    async getGlobalTraining(_input, context) {
      const view = await training.view();
      const syncs = view.successfulSyncs + view.failedSyncs;
      return {
        global_avg_loss: view.averageLoss,
        global_min_loss: view.minimumLoss,
        hash_agreement_rate: view.agreement,
        total_nodes_training: view.nodes,
        successful_syncs: view.successfulSyncs,
        failed_syncs: view.failedSyncs,
        sync_success_rate: syncs === 0 ? 0 : view.successfulSyncs / syncs,
        global_steps: view.steps,
        global_tokens: view.tokens,
        data_shards_covered: [...view.shards],
        is_converging: view.isConverging,
        training_verified: view.isVerified,
        loss_trend: view.trend,
        local: localOf(view, askedNode(context)),
        diloco: dilocoOf(view),
      };
    },

    async verifyTraining() {
      const view = await training.view();
      const { isWorking, reason, action } = judgeTraining(view);
      const metrics = {
        loss_trend: view.trend,
        hash_agreement: percent(view.agreement),
        global_loss: view.averageLoss,
      };
      return { is_working: isWorking, reason, ...(action !== undefined && { action }), ...(isWorking && { metrics }) };
    },

    async getTrainingHistory() {
      const { steps, averageLoss, checkpoints, trend, improvementPercent, isVerified } = await training.view();
      return {
        total_steps: steps,
        current_loss: averageLoss,
        loss_checkpoints: [...checkpoints],
        loss_trend: trend,
        improvement_percent: improvementPercent,
        training_verified: isVerified,
      };
    },
  };
}

function localOf({ isRunning, ofNode }: RunView, nodeId: string | undefined): Global['local'] {
  if (nodeId === undefined) return NOBODY;
  const { steps, stepsLastHour, submitted, accepted, loss, isCurrent } = ofNode(nodeId);
  return {
    node_id: nodeId,
    training_rounds: steps,
    current_loss: loss,
    is_training: isRunning && isCurrent,
    steps_last_hour: stepsLastHour,
    gradients_submitted: submitted,
    gradients_accepted: accepted,
  };
}

/** How far the inner steps of the round that runs are is known to its nodes alone. */
function dilocoOf({ run, successfulSyncs, isRunning }: TrainingView): Global['diloco'] {
  return {
    enabled: isRunning,
    inner_step_count: 0,
    inner_steps_total: run?.innerSteps ?? 0,
    progress: 0,
    outer_step_count: successfulSyncs,
  };
}
