/** How training goes, over all nodes of a run. Source: seed 003, "Training Verification". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Nullable } from './common.ts';

const Count = Type.Integer();
const Loss = Nullable(Type.Number());
const Trend = Type.String({ description: '`insufficient_data`, `improving`, `stable` or `degrading`.' });

export const trainingEndpoints = endpoints({
  getGlobalTraining: {
    method: 'GET',
    path: '/api/training/global',
    summary: 'Get global training verification status.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      global_avg_loss: Loss,
      global_min_loss: Loss,
      hash_agreement_rate: Type.Number(),
      total_nodes_training: Count,
      successful_syncs: Count,
      failed_syncs: Count,
      sync_success_rate: Type.Number(),
      global_steps: Count,
      global_tokens: Count,
      data_shards_covered: Type.Array(Type.Integer()),
      is_converging: Type.Boolean(),
      training_verified: Type.Boolean(),
      loss_trend: Trend,
      local: Type.Object({
        node_id: Nullable(Type.String()),
        training_rounds: Type.Integer({ description: 'Its inner steps in the newest run.' }),
        current_loss: Loss,
        is_training: Type.Boolean(),
        steps_last_hour: Type.Optional(Count),
        gradients_submitted: Type.Optional(Count),
        gradients_accepted: Type.Optional(Count),
      }),
      diloco: Type.Object({
        enabled: Type.Boolean(),
        inner_step_count: Count,
        inner_steps_total: Count,
        progress: Type.Number(),
        outer_step_count: Count,
      }),
    }),
  },
  verifyTraining: {
    method: 'GET',
    path: '/api/training/verify',
    summary: 'Quick verification endpoint: simple yes/no answer.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      is_working: Type.Boolean(),
      reason: Type.String(),
      action: Type.Optional(Type.String()),
      metrics: Type.Optional(Type.Object({ loss_trend: Trend, hash_agreement: Type.String(), global_loss: Loss })),
    }),
  },
  getTrainingHistory: {
    method: 'GET',
    path: '/api/training/history',
    summary: 'The losses of the newest run, a checkpoint for each round.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      total_steps: Count,
      current_loss: Loss,
      loss_checkpoints: Type.Array(Type.Object({ step: Count, loss: Type.Number() })),
      loss_trend: Trend,
      improvement_percent: Nullable(Type.Number()),
      training_verified: Type.Boolean(),
    }),
  },
});
