import type { LiveNode } from '../nodes/live-node.ts';

/** An unordered set of nodes of which any position can be read, with O(1) add and remove. */
class NodePool {
  readonly nodes: LiveNode[] = [];
  private readonly positions = new Map<LiveNode, number>();

  add(node: LiveNode): void {
    if (this.positions.has(node)) return;
    this.positions.set(node, this.nodes.push(node) - 1);
  }

  remove(node: LiveNode): void {
    const position = this.positions.get(node);
    if (position === undefined) return;
    this.positions.delete(node);
    const last = this.nodes.pop();
    if (last === undefined || last === node) return;
    this.nodes[position] = last;
    this.positions.set(last, position);
  }
}

const NONE: readonly LiveNode[] = [];

/** Nodes by tag. A tag without nodes is forgotten: nodes name what they offer, and come and go for ever. */
export class NodePools {
  private readonly pools = new Map<string, NodePool>();

  /** Tags that have nodes. */
  get size(): number {
    return this.pools.size;
  }

  nodes(tag: string): readonly LiveNode[] {
    return this.pools.get(tag)?.nodes ?? NONE;
  }

  add(tag: string, node: LiveNode): void {
    let pool = this.pools.get(tag);
    if (!pool) this.pools.set(tag, (pool = new NodePool()));
    pool.add(node);
  }

  remove(tag: string, node: LiveNode): void {
    const pool = this.pools.get(tag);
    if (!pool) return;
    pool.remove(node);
    if (pool.nodes.length === 0) this.pools.delete(tag);
  }
}
