import type { Duplex } from 'node:stream';
import type { NodeSession } from '@plexus/core';
import { type CoordinatorMessageType, floorCredits, type TaskAssign } from '@plexus/protocol';
import type { WebSocket } from 'ws';
import { CLOSE } from '../http/close-codes.ts';
import { type CoordinatorPayload, type LetterCase, writeFrame } from './frames.ts';

/** Bytes that may wait for a slow node before its connection is given up. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

/**
 * Writes to one node. What is written in one turn of the event loop leaves in one system call, and rewards of
 * one turn in one CREDIT_UPDATE: both are what makes a busy network fast (DESIGN.md 1).
 */
export class Session implements NodeSession {
  letterCase: LetterCase = 'upper';
  nodeId = '';
  /** Whether its node named `protocol` at register: one that did not knows the messages of seed 000 only. */
  knowsOurs = false;
  isProven = false;
  private readonly webSocket: WebSocket;
  private readonly stream: Duplex;
  /** Whether the connection was given up because the node did not read. */
  wasTooSlow = false;
  private isCorked = false;
  private pendingCredit: { balance: bigint; change: bigint; reason: string } | undefined;

  constructor(webSocket: WebSocket, stream: Duplex) {
    this.webSocket = webSocket;
    this.stream = stream;
  }

  /** What was written and did not leave yet. */
  get bufferedBytes(): number {
    return this.webSocket.bufferedAmount;
  }

  send<T extends CoordinatorMessageType>(type: T, payload: CoordinatorPayload<T>): void {
    if (this.webSocket.readyState !== this.webSocket.OPEN) return;
    if (this.bufferedBytes > MAX_BUFFERED_BYTES) {
      this.wasTooSlow = true;
      this.webSocket.terminate();
      return;
    }
    this.cork();
    this.webSocket.send(writeFrame(type, payload, this.letterCase));
  }

  assign(task: TaskAssign): void {
    this.send('TASK_ASSIGN', task);
  }

  cancel(jobId: string, epoch: number, reason: string): void {
    if (this.knowsOurs) this.send('TASK_CANCEL', { task_id: jobId, epoch, reason });
  }

  window(jobId: string, epoch: number, seq: number): void {
    this.send('TASK_WINDOW', { task_id: jobId, epoch, seq });
  }

  credit(balance: bigint, change: bigint, reason: string): void {
    const pending = this.pendingCredit;
    this.pendingCredit = { balance, change: change + (pending?.change ?? 0n), reason };
    this.cork();
  }

  refuse(code: string, message: string): void {
    this.send('ERROR', { message, code });
  }

  drain(reason: string): void {
    if (this.knowsOurs) this.send('DRAIN', { reason });
  }

  close(reason: string, code: number = CLOSE.goingAway): void {
    this.flush();
    this.webSocket.close(code, reason.slice(0, 120));
  }

  private cork(): void {
    if (this.isCorked) return;
    this.isCorked = true;
    this.stream.cork();
    setImmediate(() => this.flush());
  }

  private flush(): void {
    const credit = this.pendingCredit;
    this.pendingCredit = undefined;
    if (credit) {
      const [balance, change] = [floorCredits(credit.balance), floorCredits(credit.change)];
      this.send('CREDIT_UPDATE', { node_id: this.nodeId, balance, change, reason: credit.reason });
    }
    if (!this.isCorked) return;
    this.isCorked = false;
    this.stream.uncork();
  }
}
