/** Who may be paid for what, judged by what went over the sockets and nothing else. */
import type { Transfer } from './books-view.ts';
import type { HostileSocket } from './hostile-socket.ts';

/** What is known of a job that was paid for. */
export class PaymentModel {
  /** By job, nodes that sent a result which may be taken. */
  private readonly payable = new Map<string, Set<string>>();

  /** To be told of every text before it is sent, and when it was looked at. */
  note(socket: HostileSocket, text: string): void {
    const jobId = finishedTask(text);
    const task = jobId === undefined ? undefined : socket.tasks.get(jobId);
    // A node with a key is paid for signed work only, which `noteSigned` is told of.
    if (task && !task.receipt && socket.nodeId !== undefined) this.add(task.task_id, socket.nodeId);
  }

  /** A result that its node's own key has signed, under the lease that the node has. */
  noteSigned(jobId: string, nodeId: string): void {
    this.add(jobId, nodeId);
  }

  /** @param accountOf who earns for a node */
  faultOf(transfers: readonly Transfer[], accountOf: ReadonlyMap<string, string>): string | undefined {
    const paid = new Set<string>();
    for (const transfer of transfers) {
      const { jobId = '', kind } = transfer;
      if (kind !== 'charge') continue;
      if (paid.has(jobId)) return `the job ${jobId} was paid for twice`;
      paid.add(jobId);
      const payees = [...(this.payable.get(jobId) ?? [])].map((nodeId) => accountOf.get(nodeId));
      if (!payees.includes(transfer.credit))
        return `the account ${transfer.credit} was paid for ${jobId}, which it did not do`;
    }
    return undefined;
  }

  private add(jobId: string, nodeId: string): void {
    const nodes = this.payable.get(jobId) ?? new Set();
    this.payable.set(jobId, nodes.add(nodeId));
  }
}

/** The task that a message says was completed. */
function finishedTask(text: string): string | undefined {
  try {
    const { msg_type: type, payload } = JSON.parse(text) as { msg_type?: unknown; payload?: Record<string, unknown> };
    const isResult = typeof type === 'string' && type.toUpperCase() === 'TASK_RESULT';
    const id = payload?.['task_id'];
    return isResult && payload?.['status'] === 'completed' && typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
