import { describe, expect, test } from 'vitest';
import type { RoundReport, TrainingRound, TrainingRun } from '../../src/training/training.ts';
import { nodeTraining } from '../../src/training/node-training.ts';
import { judgeTraining, viewTraining } from '../../src/training/training-view.ts';

const HOUR_MS = 3_600_000;
const AT = new Date('2025-01-15T12:00:00.000Z');
const RUN: TrainingRun = { id: 'run', innerSteps: 500, startedAt: AT };

/** Rounds of two nodes with these losses, and hashes that differ where they are said to. */
function rounds(losses: readonly number[], hashes: readonly string[] = ['a', 'a']): readonly TrainingRound[] {
  return losses.map((loss, at) => ({
    runId: RUN.id,
    round: at + 1,
    succeeded: true,
    endedAt: AT,
    reports: hashes.map((weightsHash, node): RoundReport => ({
      nodeId: `node-${node}`,
      weightsHash,
      loss,
      steps: 5,
      tokens: 100,
      shards: [node, at % 3],
    })),
  }));
}

test('what a node has done in a run is its own: steps, those of the last hour, and rounds that came to something', () => {
  const [first, second, third] = rounds([4, 3, 2]);
  if (!first || !second || !third) return expect.unreachable();
  const alone = { ...third, reports: third.reports.filter(({ nodeId }) => nodeId === 'node-1') };
  const run = [first, { ...second, succeeded: false, endedAt: new Date(AT.getTime() + HOUR_MS) }, alone];
  const now = new Date(AT.getTime() + HOUR_MS);
  const own = { steps: 10, stepsLastHour: 5, submitted: 2, accepted: 1, loss: 3, isCurrent: false };
  expect(nodeTraining(run, 'node-0', now)).toEqual(own);
  expect(nodeTraining(run, 'node-1', AT)).toMatchObject({ steps: 15, accepted: 2, loss: 2, isCurrent: true });
  const none = { steps: 0, stepsLastHour: 0, submitted: 0, accepted: 0, loss: null, isCurrent: false };
  expect(nodeTraining(run, 'node-2', now)).toEqual(none);
});

describe('the trend of the losses', () => {
  test.each([
    ['nothing', [], 'insufficient_data', null],
    ['one', [2], 'insufficient_data', null],
    ['falling', [4, 3, 2, 1], 'improving', 57.142857],
    ['falling by 2 % only', [100, 100, 98, 98], 'stable', 2],
    ['falling by more', [100, 100, 97, 97], 'improving', 3],
    ['the same', [2, 2, 2], 'stable', 0],
    ['rising', [10, 10, 11, 11], 'degrading', -10],
  ])('of %s', (_name, losses, trend, percent) => {
    const view = viewTraining(RUN, rounds(losses));
    expect(view.trend).toBe(trend);
    if (percent === null) expect(view.improvementPercent).toBeNull();
    else expect(view.improvementPercent).toBeCloseTo(percent, 5);
  });
});

describe('training is verified', () => {
  test.each([
    [[3, 3, 3, 1, 1, 1], true],
    [[3, 3, 3, 2.8, 2.8, 2.8], false],
    // The last three must be below nine tenths of the first three.
    [[1, 1, 1, 0.89, 0.89, 0.89], true],
    [[1, 1, 1, 0.9, 0.9, 0.9], false],
    // Less than five checkpoints say nothing.
    [[9, 5, 1, 1], false],
    [[9, 5, 1, 1, 1], true],
  ])('%j: %s', (losses, isVerified) => {
    expect(viewTraining(RUN, rounds(losses)).isVerified).toBe(isVerified);
  });
});

test('agreement is the share of nodes with the weights that most have', () => {
  expect(viewTraining(RUN, rounds([1], ['a', 'a', 'a', 'b'])).agreement).toBe(0.75);
  expect(viewTraining(RUN, rounds([1], ['a', 'b'])).agreement).toBe(0.5);
  expect(viewTraining(RUN, []).agreement).toBe(0);
  expect(viewTraining(RUN, rounds([3, 2, 1], ['a', 'b'])).isConverging).toBe(false);
  expect(viewTraining(RUN, rounds([3, 2, 1], ['a', 'a', 'b'])).isConverging).toBe(true);
  expect(viewTraining(RUN, rounds([1, 2, 3])).isConverging).toBe(false);
});

test('sums are those of all rounds, and only a run that goes on has nodes', () => {
  const [first, ...others] = rounds([3, 2]);
  const view = viewTraining(RUN, [...(first ? [{ ...first, succeeded: false }] : []), ...others]);
  expect(view).toMatchObject({ successfulSyncs: 1, failedSyncs: 1, steps: 20, tokens: 400, nodes: 2 });
  expect(view).toMatchObject({ shards: [0, 1], averageLoss: 2, minimumLoss: 2 });
  expect(view.checkpoints).toEqual([
    { step: 10, loss: 3 },
    { step: 20, loss: 2 },
  ]);
  expect(viewTraining({ ...RUN, endedAt: AT }, rounds([3])).nodes).toBe(0);
});

describe('the verdict', () => {
  const verdict = (losses: readonly number[], hashes?: readonly string[]) =>
    judgeTraining(viewTraining(RUN, rounds(losses, hashes)));

  test.each([
    ['before ten steps', [], undefined, false, 'Insufficient data: 0 of 10 steps'],
    ['of nodes that differ', [3, 2], ['a', 'b'], false, 'Network NOT converging! Only 50.0% hash agreement.'],
    ['of a rising loss', [1, 2, 3], undefined, false, 'Loss is rising.'],
    [
      'of a verified run',
      [3, 3, 3, 1, 1, 1],
      undefined,
      true,
      'Training verified! Loss is decreasing and network is converging.',
    ],
    ['of a loss that stays', [2, 2, 2], undefined, false, 'Loss is not decreasing yet.'],
  ])('%s', (...[, losses, hashes, isWorking, reason]) => {
    const { action, ...rest } = verdict(losses, hashes);
    expect(rest).toEqual({ isWorking, reason });
    expect(action === undefined).toBe(isWorking);
  });

  test('tells diverged nodes what to do, as printed', () => {
    expect(verdict([3, 2], ['a', 'b']).action).toBe('Nodes have diverged. Check gradient sync is working.');
  });
});

test('a long run of many nodes is viewed like a short one of few', () => {
  const nodes = Array.from({ length: 20 }, () => 'a');
  const losses = Array.from({ length: 10_000 }, (_, at) => 10_000 - at);
  expect(viewTraining(RUN, rounds(losses, nodes))).toMatchObject({ minimumLoss: 1, agreement: 1, steps: 1_000_000 });
});
