import type { TaskAssign } from '@plexus/protocol';
import { type HostileNode, newSigner } from '../hostile-node.ts';
import type { Random } from '../random.ts';
import type { Fault } from './fault.ts';
import { visit } from './visit.ts';

const TASKS = 8;

export const lyingNode: Fault = {
  name: 'lying-node',
  what: 'a node that answers wrongly, with inflated counts, forged signatures, old and future epochs, and for others',
  isKill: false,
  async inject(scene, random) {
    return await visit(scene, 'liar', { tasks: TASKS, onTask: (task, node) => random.pick(LIES)(task, node, random) });
  },
};

type Lie = (task: TaskAssign, node: HostileNode, random: Random) => void;

const LIES: readonly Lie[] = [
  wrongText,
  tooManyUnits,
  forgedSignature,
  foreignKey,
  noSignature,
  wrongEpoch,
  forAnother,
];

/** Nobody but the client can tell; the node signs for it with its own name. */
function wrongText(task: TaskAssign, node: HostileNode): void {
  node.send('TASK_RESULT', node.answer(task, 'Echo: a lie'));
}

function tooManyUnits(task: TaskAssign, node: HostileNode): void {
  node.send('TASK_RESULT', node.answer(task, `Echo: ${task.content}`, 1000));
}

function forgedSignature(task: TaskAssign, node: HostileNode, random: Random): void {
  const answer = node.answer(task, `Echo: ${task.content}`);
  const sig = Buffer.from(Array.from({ length: 64 }, () => random.below(256))).toString('base64');
  const { work } = answer;
  node.send('TASK_RESULT', { ...answer, work: work && { ...work, signature: { ...work.signature, sig } } });
}

function foreignKey(task: TaskAssign, node: HostileNode): void {
  const answer = node.answer(task, `Echo: ${task.content}`);
  const { publicKey: public_key, keyId: key_id } = newSigner();
  const { work } = answer;
  node.send('TASK_RESULT', {
    ...answer,
    work: work && { ...work, signature: { ...work.signature, public_key, key_id } },
  });
}

function noSignature(task: TaskAssign, node: HostileNode): void {
  const { work: _, ...answer } = node.answer(task, `Echo: ${task.content}`);
  node.send('TASK_RESULT', answer);
}

/** Both are refused; the honest answer after them is the one that counts. */
function wrongEpoch(task: TaskAssign, node: HostileNode): void {
  const { epoch = 1 } = task;
  const answer = node.answer(task, `Echo: ${task.content}`);
  node.send('TASK_RESULT', { ...answer, epoch: epoch + 1 });
  if (epoch > 1) node.send('TASK_RESULT', { ...answer, epoch: epoch - 1 });
  node.send('TASK_RESULT', answer);
}

/** Answers for tasks that it had before and others have now, if anybody has them. */
function forAnother(task: TaskAssign, node: HostileNode): void {
  for (const task_id of node.given) node.send('TASK_RESULT', { ...node.answer(task, 'Echo: mine'), task_id });
}
