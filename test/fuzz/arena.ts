/** Scripts of hostile nodes, beside an honest one that goes on working. */
import { randomUUID } from 'node:crypto';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { until } from '../support/processes.ts';
import { BooksView, type Transfer } from './books-view.ts';
import { must } from './callers.ts';
import { PaymentModel } from './payment-model.ts';
import { SocketPlay, type Stage } from './socket-play.ts';
import { OWN_NODES, SERVICE, type Step } from './socket-script.ts';

/** A network with one honest node, and a client that asks for what only hostile nodes offer. */
export interface Arena extends AsyncDisposable {
  /** @throws {Error} that says what a script could do that nobody may */
  play(script: readonly Step[]): Promise<void>;
  /** Jobs that nodes of scripts were paid for so far. */
  paidToOthers(): number;
}

const GRANT = '1000000';
/** What a new node is given, in micro-credits. */
const NODE_GRANT = 1_000_000_000n;

export async function createArena(): Promise<Arena> {
  const network = await createTestNetwork({ nodes: 1, coordinator: { uptimeCreditsPerHour: '0' } });
  const books = new BooksView(network.home);
  const client = await network.register();
  const grant = { account_id: client.node_id, credits: GRANT };
  await must(network, 'POST', '/plexus/v1/grants', { key: network.operatorKey, body: grant });
  const { body: wallet } = await must(network, 'GET', '/plexus/v1/wallet', { key: network.operatorKey });
  const marks = new Map([
    ['@honest-node@', network.nodes[0]?.nodeId ?? ''],
    ['@client-account@', client.node_id],
    ['@operator-account@', wallet.account_id as string],
  ]);
  const parts = { network, books, key: client.api_key, marks };
  return {
    play: (script) => play(script, parts),
    paidToOthers() {
      const honest = books.accountsOfNodes().get(marks.get('@honest-node@') ?? '');
      return books.transfersAfter(0).filter(({ kind, credit }) => kind === 'charge' && credit !== honest).length;
    },
    async [Symbol.asyncDispose]() {
      books[Symbol.dispose]();
      await network[Symbol.asyncDispose]();
    },
  };
}

interface Parts {
  readonly network: TestNetwork;
  readonly books: BooksView;
  readonly key: string;
  readonly marks: ReadonlyMap<string, string>;
}

async function play(script: readonly Step[], parts: Parts): Promise<void> {
  const { network, books } = parts;
  const before = books.transfersAfter(0).at(-1)?.sequence ?? 0;
  const model = new PaymentModel();
  const { stage, answers } = stageOf(parts, model);
  const play = new SocketPlay(stage);
  for (const step of script) await play.run(step);
  await play.end();
  await endAll(parts);
  await Promise.all(answers);
  await until('only the honest node is left', async () => {
    return (await network.call('GET', '/api/v1/status')).body.online_nodes === 1;
  });
  const transfers = books.transfersAfter(before);
  const faults = [
    model.faultOf(transfers, books.accountsOfNodes()),
    mintFault(transfers),
    books.imbalance(),
    leftovers(books),
  ];
  const [fault] = faults.filter((one) => one !== undefined);
  if (fault !== undefined) throw new Error(fault);
  await honestWork(parts);
}

function stageOf({ network, key, marks }: Parts, model: PaymentModel): { stage: Stage; answers: Promise<unknown>[] } {
  const answers: Promise<unknown>[] = [];
  const jobs: string[] = [];
  const stage: Stage = {
    url: network.url,
    model,
    marks: new Map([...marks, ...OWN_NODES.map((mark) => [mark, `node-${randomUUID()}`] as const)]),
    tokens: { client: key, operator: network.operatorKey, wrong: 'gn_none' },
    async submit(isDetached) {
      const body = { service: SERVICE, task_type: SERVICE, content: 'x' };
      if (!isDetached) {
        answers.push(network.call('POST', '/api/v1/request', { key, body }));
        // Whoever asks later is answered after it was taken in.
        return void (await network.call('GET', '/api/v1/balance', { key }));
      }
      const { body: job } = await network.call('POST', '/plexus/v1/jobs', { key, body });
      if (job.id) jobs.push(job.id);
    },
    async cancel(job) {
      const id = jobs[job % Math.max(1, jobs.length)];
      if (id !== undefined) await network.call('POST', `/plexus/v1/jobs/${id}/cancel`, { key });
    },
  };
  return { stage, answers };
}

/** Cancels what is still open until nothing is. */
async function endAll({ network, key }: Parts): Promise<void> {
  await until('every job has ended', async () => {
    const metrics = await (await fetch(`${network.url}/metrics`)).text();
    if (/^plexus_jobs_open 0$/m.test(metrics)) return true;
    for (const state of ['queued', 'running']) {
      const { body } = await must(network, 'GET', `/plexus/v1/jobs?state=${state}`, { key });
      for (const { id } of body.items) await network.call('POST', `/plexus/v1/jobs/${id}/cancel`, { key });
    }
    return false;
  });
}

/** New credits come into being for new nodes only, once for each. */
function mintFault(transfers: readonly Transfer[]): string | undefined {
  const welcomed = new Set<string>();
  for (const { kind, credit, amount } of transfers) {
    if (!['register_bonus', 'hold', 'release', 'charge'].includes(kind)) return `there was a transfer of kind ${kind}`;
    if (kind !== 'register_bonus') continue;
    if (amount !== NODE_GRANT || welcomed.has(credit)) return `the account ${credit} was given ${amount} micro-credits`;
    welcomed.add(credit);
  }
  return undefined;
}

function leftovers(books: BooksView): string | undefined {
  const openJobs = books.openJobs();
  return openJobs.length === 0 ? undefined : `jobs are open: ${openJobs.join(', ')}`;
}

async function honestWork({ network, key, marks }: Parts): Promise<void> {
  const body = { task_type: 'echo', content: 'honest' };
  const { body: task } = await must(network, 'POST', '/api/v1/request', { key, body });
  const isRight = task.result === 'Echo: honest' && task.cost === 10 && task.node_id === marks.get('@honest-node@');
  if (!isRight) throw new Error(`The honest node's work came out wrong: ${JSON.stringify(task)}`);
}
