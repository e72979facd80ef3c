import { viewTraining } from '@plexus/core';
import { expect, test } from 'vitest';
import { networkHandlers } from '../src/neuroshard/network.ts';
import { trainingHandlers } from '../src/neuroshard/training.ts';

const AT = new Date('2026-01-15T12:00:00.000Z');
const RUN = { id: 'run', innerSteps: 500, startedAt: AT };

test('a round that failed is no outer step', async () => {
  const report = { nodeId: 'node-1', weightsHash: 'a', loss: 2, steps: 5, tokens: 10, shards: [0] };
  const rounds = [true, false, true].map((succeeded, at) => {
    return { runId: RUN.id, round: at + 1, succeeded, endedAt: AT, reports: [report] };
  });
  const training = { view: async () => ({ ...viewTraining(RUN, rounds), ofNode: () => expect.unreachable() }) };
  const context = { header: () => undefined } as never;
  const { diloco, ...run } = await trainingHandlers({ training }).getGlobalTraining({} as never, context);
  expect(run).toMatchObject({ successful_syncs: 2, failed_syncs: 1, global_steps: 15 });
  expect(diloco.outer_step_count).toBe(2);
  const nodes = { listOnline: () => [] };
  const network = await networkHandlers({ nodes, training, earnings: {} as never }).getShardNetwork(
    {} as never,
    context,
  );
  expect(network.training).toEqual({ epoch: 2, global_step: 15, loss: 2 });
});
