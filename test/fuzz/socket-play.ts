/** Plays a script of what nodes do over sockets to a running coordinator. */
import type { TaskAssign, TaskResult } from '@plexus/protocol';
import { HostileSocket } from './hostile-socket.ts';
import { makeNodeKey, type NodeKey } from './node-identity.ts';
import type { PaymentModel } from './payment-model.ts';
import { SERVICE, SOCKETS, type Step, TASK_MARKS } from './socket-script.ts';

/** More than a node may send to no use at once. */
const FLOOD = 1200;

/** What a script is played against. */
export interface Stage {
  readonly url: string;
  readonly model: PaymentModel;
  /** By the names that scripts use. */
  readonly tokens: Readonly<Record<string, string | undefined>>;
  /** What stands in messages for what exists. */
  readonly marks: ReadonlyMap<string, string>;
  submit(isDetached: boolean): Promise<void>;
  cancel(job: number): Promise<void>;
}

/** Keys outlive scripts, as nodes do. */
const ownKeys = new Map<string, NodeKey>();
const otherKey = makeNodeKey();

type Registration = Pick<Extract<Step, { do: 'register' }>, 'nodeId' | 'isKeyed' | 'isLower'>;

interface Played {
  readonly socket: HostileSocket;
  /** As whom it has registered last. */
  nodeId: string;
}

export class SocketPlay {
  private readonly played: (Played | undefined)[] = Array.from({ length: SOCKETS });
  private readonly all: HostileSocket[] = [];
  private goneTask = '550e8400-e29b-41d4-a716-446655440000';
  private lastProof = '';
  /** Texts that the coordinator may not have looked at. */
  private said: [HostileSocket, string][] = [];
  private readonly stage: Stage;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  async run(step: Step): Promise<void> {
    if (step.do === 'submit') return await this.settled(this.stage.submit(step.isDetached));
    if (step.do === 'cancel') return await this.settled(this.stage.cancel(step.job));
    if (step.do === 'open') return await this.open(step.socket, this.stage.tokens[step.token]);
    if (step.do === 'join') return await this.join(step);
    const one = this.pick(step.socket, step.do === 'answer' && step.how !== 'of another');
    if (!one) return;
    this.act(one, step);
    await one.socket.settle();
    this.note();
  }

  /** Jobs that came, or made room for others, have gone to whoever has them now. */
  private async settled(work: Promise<void>): Promise<void> {
    await work;
    for (const one of this.played) await one?.socket.settle();
  }

  /** @throws {Error} when a socket is neither answered nor closed, or the coordinator itself failed */
  async end(): Promise<void> {
    for (const socket of this.all) await socket.answered();
    const broken = this.all.find((socket) => socket.broken !== undefined)?.broken;
    if (broken !== undefined) throw new Error(`The coordinator failed: ${broken}`);
    for (const socket of this.all) socket.leave('terminate');
  }

  private async open(at: number, token: string | undefined): Promise<void> {
    this.played[at]?.socket.leave('terminate');
    const socket = await HostileSocket.open(this.stage.url, token);
    this.played[at] = socket && { socket, nodeId: '' };
    if (socket) this.all.push(socket);
  }

  /** One that is open, and has a task where that is needed. */
  private pick(at: number, withTask: boolean): Played | undefined {
    const open = this.played.filter((one) => one !== undefined && !one.socket.isClosed);
    const fit = withTask ? open.filter((one) => one && one.socket.tasks.size > 0) : open;
    return fit[at % Math.max(1, fit.length)];
  }

  /** As a node does that means well. */
  private async join(step: Extract<Step, { do: 'join' }>): Promise<void> {
    await this.open(step.socket, this.stage.tokens[step.token]);
    const one = this.played[step.socket];
    if (!one) return;
    const isKeyed = step.nodeId.includes('keyed');
    this.register(one, { ...step, isKeyed });
    await one.socket.settle();
    if (isKeyed) this.prove(one, 'right');
    await one.socket.settle();
  }

  private act(one: Played, step: Exclude<Step, { do: 'submit' | 'cancel' | 'open' | 'join' }>): void {
    const { socket } = one;
    switch (step.do) {
      case 'register':
        return this.register(one, step);
      case 'prove':
        return this.prove(one, step.how);
      case 'say':
        return this.say(socket, this.filled(one, step.text));
      case 'answer':
        return this.answer(one, step.how);
      case 'fragments':
        return this.say(socket, this.filled(one, step.text), step.count);
      case 'binary':
        return socket.binary(step.data);
      case 'ping':
        return socket.ping(step.data);
      case 'bytes':
        return socket.bytes(step.data);
      case 'flood':
        for (let i = 0; i < FLOOD; i++) socket.text(step.text);
        return;
      case 'leave':
        return socket.leave(step.how);
    }
  }

  private say(socket: HostileSocket, text: string, frames?: number): void {
    this.said.push([socket, text]);
    this.stage.model.note(socket, text);
    if (frames === undefined) socket.text(text);
    else socket.fragments(text, frames);
  }

  /** Once more when it was looked at: its task may have been on the way to the node, from another that lost it. */
  private note(): void {
    for (const [socket, text] of this.said.splice(0)) this.stage.model.note(socket, text);
  }

  private send(socket: HostileSocket, type: string, payload: object): void {
    this.say(socket, JSON.stringify({ msg_type: type, payload }));
  }

  private register(one: Played, { nodeId: name, isKeyed, isLower }: Registration): void {
    one.nodeId = this.stage.marks.get(name) ?? name;
    const { publicKey } = keyOf(one.nodeId);
    const services = [{ id: SERVICE, concurrency: 2 }];
    const resume = [...one.socket.tasks.values()].map(({ task_id, epoch = 1 }) => ({ task_id, epoch }));
    const protocol = isKeyed ? { protocol: { version: 1, public_key: publicKey, services, resume } } : {};
    const type = isLower ? 'node_register' : 'NODE_REGISTER';
    this.send(one.socket, type, { node_id: one.nodeId, capabilities: [SERVICE], ...protocol });
  }

  private prove({ socket, nodeId }: Played, how: Extract<Step, { do: 'prove' }>['how']): void {
    const { challenge } = socket;
    if (!challenge) return this.send(socket, 'PROOF', { signature: this.lastProof });
    const host = new URL(this.stage.url).host;
    const right = keyOf(nodeId).proof(challenge, host, nodeId);
    const proofs = {
      right,
      wrong: keyOf(nodeId).proof(challenge, host, 'somebody-else'),
      replayed: this.lastProof,
      'other key': otherKey.proof(challenge, host, nodeId),
    };
    this.lastProof = right;
    this.send(socket, 'PROOF', { signature: proofs[how] });
  }

  private answer(one: Played, how: Extract<Step, { do: 'answer' }>['how']): void {
    const [own] = one.socket.tasks.values();
    const task = how === 'of another' ? this.taskOfAnother(one) : own;
    if (!task) return;
    const { nodeId } = one.socket;
    const result = resultOf(task, nodeId ?? '', how);
    if (task === own && nodeId !== undefined && isPayable(task, how)) this.stage.model.noteSigned(task.task_id, nodeId);
    this.goneTask = task.task_id;
    // It is the end of the node's turn, if the coordinator looks at it at all.
    if (task === own && !how.endsWith('epoch')) one.socket.tasks.delete(task.task_id);
    this.send(one.socket, 'TASK_RESULT', result);
    if (how === 'twice') this.send(one.socket, 'TASK_RESULT', result);
  }

  private taskOfAnother(one: Played): TaskAssign | undefined {
    const others = this.played.filter(
      (other) => other !== undefined && other !== one && other.socket.nodeId !== one.socket.nodeId,
    );
    return others.flatMap((other) => [...(other?.socket.tasks.values() ?? [])])[0];
  }

  /** A message with ids that exist now in the place of its marks. */
  private filled(one: Played, text: string): string {
    const [own, other, gone] = TASK_MARKS;
    const [task] = one.socket.tasks.keys();
    const values = new Map([
      ...this.stage.marks,
      [own, task ?? this.goneTask],
      [other, this.taskOfAnother(one)?.task_id ?? this.goneTask],
      [gone, this.goneTask],
      ['@own-key@', keyOf(one.nodeId).publicKey],
      ['@other-key@', otherKey.publicKey],
    ]);
    return [...values].reduce((filled, [mark = '', value]) => filled.replaceAll(mark, value), text);
  }
}

function keyOf(nodeId: string): NodeKey {
  const key = ownKeys.get(nodeId) ?? makeNodeKey();
  ownKeys.set(nodeId, key);
  return key;
}

/** Whether the result that `resultOf` makes is one that its node is owed for. */
function isPayable({ receipt }: TaskAssign, how: string): boolean {
  if (how === 'valid' || how === 'twice') return true;
  // A node without a key signs nothing.
  return !receipt && (how === 'unsigned' || how === 'forged' || how === 'tampered');
}

function resultOf(task: TaskAssign, nodeId: string, how: string): TaskResult {
  const { task_id, epoch = 1, receipt } = task;
  const base = { task_id, node_id: nodeId, status: 'completed' as const, result: 'forged', processing_time_ms: 1 };
  const key = how === 'forged' ? otherKey : keyOf(nodeId);
  const signed = key.work(task, nodeId);
  const told = how === 'tampered' ? { ...signed, metadata: { more: 'than was signed' } } : signed;
  const work = receipt && how !== 'unsigned' ? { work: told } : {};
  const lease = receipt ? { epoch } : {};
  if (how === 'old epoch') return { ...base, ...work, epoch: Math.max(1, epoch - 1) + (epoch > 1 ? 0 : 7) };
  return how === 'next epoch' ? { ...base, ...work, epoch: epoch + 1 } : { ...base, ...work, ...lease };
}
