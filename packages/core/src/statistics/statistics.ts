/** Figures over everything that the books hold. */
import type { BooksReader } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import { emptyScore } from '../nodes/node-record.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import { reputationOf } from '../nodes/reputation.ts';

/** What the network has done. */
export interface NetworkFigures {
  readonly jobs: number;
  /** Jobs that have not ended. */
  readonly open: number;
  readonly completed: number;
  /** Those that ran out of time too. */
  readonly failed: number;
  /** Milliseconds from acceptance to end; 0 when no job completed. */
  readonly meanCompletionMs: number;
  /** Micro-credits that were charged. */
  readonly volume: bigint;
  /** Nodes connected now. */
  readonly nodes: number;
}

/** What a node has done. */
export interface NodeFigures {
  readonly nodeId: string;
  /** 0 to 5. */
  readonly reputation: number;
  /** Turns that it completed or failed. */
  readonly turns: number;
  /** 0 to 1; 0 when there was none. */
  readonly successRate: number;
  /** Milliseconds of a completed turn; 0 when there was none. */
  readonly meanTurnMs: number;
  /** Micro-credits that it was paid. */
  readonly earned: bigint;
  readonly since: Date;
}

export interface Statistics {
  network(): Promise<NetworkFigures>;
  /** @throws {DomainError} NODE_NOT_FOUND */
  node(nodeId: string): Promise<NodeFigures>;
}

export interface StatisticsDeps {
  readonly reader: Pick<BooksReader, 'sumDays' | 'findNode' | 'findScore'>;
  readonly registry: Pick<NodeRegistry, 'size'>;
}

export function createStatistics({ reader, registry }: StatisticsDeps): Statistics {
  return {
    async network() {
      const { opened, completed, failed, cancelled, completionMs, volume } = await reader.sumDays();
      return {
        jobs: opened,
        open: opened - completed - failed - cancelled,
        completed,
        failed,
        meanCompletionMs: completed === 0 ? 0 : completionMs / completed,
        volume,
        nodes: registry.size(),
      };
    },

    async node(nodeId) {
      const record = await reader.findNode(nodeId);
      if (!record) throw new DomainError('NODE_NOT_FOUND', 'Node does not exist', { nodeId });
      const score = (await reader.findScore(nodeId)) ?? emptyScore(nodeId);
      const { completed, failed, busyMs, earned } = score;
      const turns = completed + failed;
      return {
        nodeId,
        reputation: reputationOf(score),
        turns,
        successRate: turns === 0 ? 0 : completed / turns,
        meanTurnMs: completed === 0 ? 0 : busyMs / completed,
        earned,
        since: record.createdAt,
      };
    },
  };
}
