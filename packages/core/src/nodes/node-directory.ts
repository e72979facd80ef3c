import type { Caller } from '../accounts/caller.ts';
import type { PageRequest } from '../books/books.ts';
import type { NodeResources, NodeShape } from './live-node.ts';
import type { NodeRecord, NodeScore } from './node-record.ts';

/** How busy one service of a connected node is. */
export interface ServiceLoad {
  readonly id: string;
  readonly active: number;
  readonly concurrency: number;
  readonly models: readonly string[];
}

/** A node as others see it. */
export interface NodeStatus extends NodeRecord {
  readonly online: boolean;
  readonly draining: boolean;
  readonly services: readonly ServiceLoad[];
  /** 0 to 1: share of its places that are taken. */
  readonly load: number;
  readonly reputation: number;
  readonly completed: number;
  readonly failed: number;
  /** The node's own figure, from its last heartbeat. */
  readonly cpuPercent?: number;
  readonly lastSeenAt?: Date;
  readonly memoryUsedBytes?: number;
  readonly shape?: NodeShape;
  /** What it says it has, while it is connected. */
  readonly resources?: NodeResources;
}

export interface RankedNode extends NodeScore {
  /** 0 to 5. */
  readonly reputation: number;
}

/** A model that connected nodes serve now. */
export interface OfferedModel {
  readonly id: string;
  /** The service that uses it: `llm` or `embedding`. */
  readonly service: string;
  /** Connected nodes that serve it. */
  readonly nodes: number;
  /** What at least one of them can do with it, for example `chat`. */
  readonly features: readonly string[];
}

/** Who offers compute. */
export interface NodeDirectory {
  /** Models that connected nodes serve, by id; each in the service that uses it. */
  listModels(): readonly OfferedModel[];
  /** Whether no connected node serves a model, and one did until a short while ago. */
  isLostModel(service: string, model: string): boolean;
  /** Nodes connected now, all or those with one capability. */
  listOnline(capability?: string): readonly NodeStatus[];
  countOnline(): number;
  /** Nodes connected now that offer a service. */
  countOffering(service: string): number;
  /** Every known node, by id. */
  list(page: PageRequest): Promise<readonly NodeStatus[]>;
  /** @throws {DomainError} NODE_NOT_FOUND */
  reputation(nodeId: string): Promise<RankedNode>;
  /** Best first. */
  leaderboard(limit: number): Promise<readonly RankedNode[]>;
  /** @throws {DomainError} NODE_NOT_FOUND, FORBIDDEN */
  drain(caller: Caller, nodeId: string): Promise<NodeStatus>;
  /**
   * Pays what a node has earned, and holds nothing back for, to its owner, or to the account that an operator names where it has none.
   *
   * @returns micro-credits
   * @throws {DomainError} NODE_NOT_FOUND, ACCOUNT_NOT_FOUND, FORBIDDEN, INVALID_INPUT
   */
  releaseRewards(caller: Caller, nodeId: string, accountId: string): Promise<bigint>;
}
