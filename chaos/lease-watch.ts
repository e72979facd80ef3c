/**
 * Which node has which task, read off the wire between coordinator and nodes: what the coordinator told nodes, not what
 * it wrote of it.
 */
import { TextMessages } from './wire/frames.ts';
import type { Tap } from './wire/proxy.ts';

/** Two sockets are read in no fixed order, so that a lease's begin or end may be seen so much after the next begins. */
const ORDER_SLACK_MS = 2000;

interface Lease {
  readonly taskId: string;
  readonly epoch: number;
  readonly nodeName: string;
  readonly givenAt: number;
  endedAt?: number;
}

interface Message {
  readonly msg_type?: string;
  readonly payload?: {
    readonly task_id?: string;
    readonly epoch?: number;
    readonly protocol?: { readonly resume?: readonly { readonly task_id: string; readonly epoch: number }[] };
  };
}

/** Messages that begin or end a lease; all others are not even parsed. */
const MATTERS = /TASK_ASSIGN|TASK_CANCEL|TASK_RESULT|NODE_REGISTER/i;

export class LeaseWatch {
  /** The newest lease of each task that was ever given out. */
  private readonly newest = new Map<string, Lease>();
  private readonly overlaps: { readonly earlier: Lease; readonly later: Lease; readonly at: number }[] = [];
  private readonly faults: string[] = [];
  private readonly all: Lease[] = [];
  /** Names of nodes whose connection ended, one for each time. */
  readonly closings: string[] = [];

  /** Tasks that a node had under lease at some time between two moments. */
  tasksOf(nodeName: string, from: number, to: number): ReadonlySet<string> {
    const touched = this.all.filter(
      (lease) => lease.nodeName === nodeName && lease.givenAt <= to && (lease.endedAt ?? to) >= from,
    );
    return new Set(touched.map(({ taskId }) => taskId));
  }

  /** Who was the last to get a task. */
  holderOf(taskId: string): string | undefined {
    return this.newest.get(taskId)?.nodeName;
  }

  /** Watches a connection of a node. */
  tap(nodeName: string): Tap {
    const leases = new Map<string, Lease>();
    const connection = { nodeName, leases, isClosed: false };
    const sent = new TextMessages((text) => this.told(connection, text));
    const received = new TextMessages((text) => this.heard(connection, text));
    return {
      sent: (chunk) => sent.push(chunk),
      received: (chunk) => received.push(chunk),
      closed: () => this.closed(connection),
    };
  }

  /** What should never have been seen: one task under two leases at once, or a lease that is not newer than the last. */
  violations(): readonly string[] {
    const double = this.overlaps.filter(
      ({ earlier, at }) => (earlier.endedAt ?? performance.now()) > at + ORDER_SLACK_MS,
    );
    return [
      ...this.faults,
      ...double.map(({ earlier, later }) => {
        const [old, now] = [earlier, later].map(({ nodeName, epoch }) => `${nodeName} (epoch ${epoch})`);
        return `task ${later.taskId} was given to ${now} while ${old} had it`;
      }),
    ];
  }

  private told(connection: Connection, text: string): void {
    const message = parse(text);
    const { task_id: taskId, epoch } = message?.payload ?? {};
    if (taskId === undefined || epoch === undefined) return;
    const type = message?.msg_type?.toUpperCase();
    if (type === 'TASK_ASSIGN') this.begin(connection, taskId, epoch);
    if (type === 'TASK_CANCEL') this.end(connection, taskId, epoch);
  }

  private heard(connection: Connection, text: string): void {
    const message = parse(text);
    const type = message?.msg_type?.toUpperCase();
    const { task_id: taskId, epoch, protocol } = message?.payload ?? {};
    if (type === 'TASK_RESULT' && taskId !== undefined) this.end(connection, taskId, epoch);
    if (type === 'NODE_REGISTER') protocol?.resume?.forEach((lease) => this.resume(connection, lease));
  }

  private closed(connection: Connection): void {
    if (connection.isClosed) return;
    connection.isClosed = true;
    this.closings.push(connection.nodeName);
    for (const taskId of connection.leases.keys()) this.end(connection, taskId);
  }

  private begin({ nodeName, leases }: Connection, taskId: string, epoch: number): void {
    const earlier = this.newest.get(taskId);
    const later: Lease = { taskId, epoch, nodeName, givenAt: performance.now() };
    leases.set(taskId, later);
    this.all.push(later);
    if (earlier && earlier.epoch > epoch && isReadBefore(earlier, later)) {
      this.overlaps.push({ earlier: later, later: earlier, at: earlier.givenAt });
      return;
    }
    if (earlier && earlier.epoch >= epoch) {
      this.faults.push(`task ${taskId} was given to ${nodeName} under epoch ${epoch} after epoch ${earlier.epoch}`);
    }
    if (earlier && earlier.endedAt === undefined) this.overlaps.push({ earlier, later, at: later.givenAt });
    this.newest.set(taskId, later);
  }

  /** A node that comes back goes on with the leases that it names, unless it is told that they are over. */
  private resume(
    { nodeName, leases }: Connection,
    { task_id: taskId, epoch }: { task_id: string; epoch: number },
  ): void {
    const lease = this.newest.get(taskId);
    if (!lease || lease.epoch !== epoch || lease.nodeName !== nodeName) return;
    delete lease.endedAt;
    leases.set(taskId, lease);
  }

  private end({ leases }: Connection, taskId: string, epoch?: number): void {
    const lease = leases.get(taskId);
    if (!lease || (epoch !== undefined && epoch !== lease.epoch)) return;
    leases.delete(taskId);
    lease.endedAt ??= performance.now();
  }
}

/** Whether the newer of two leases may only have been read first: what one socket brings has its order. */
function isReadBefore(newer: Lease, older: Lease): boolean {
  return newer.nodeName !== older.nodeName && older.givenAt - newer.givenAt <= ORDER_SLACK_MS;
}

interface Connection {
  readonly nodeName: string;
  readonly leases: Map<string, Lease>;
  isClosed: boolean;
}

function parse(text: string): Message | undefined {
  if (!MATTERS.test(text)) return undefined;
  try {
    // Only fields that are checked one by one are read of it.
    return JSON.parse(text) as Message;
  } catch {
    return undefined;
  }
}
