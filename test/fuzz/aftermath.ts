/** What must be so after all that was done to a network. */
import { must } from './callers.ts';
import type { World } from './world.ts';

/** Characters that one request for an echo covers, and what it costs in credits. Source: contract/gemmanet.md. */
const CHARACTERS_PER_UNIT = 1000;
const CREDITS_PER_UNIT = 10;

/** Somebody new comes, asks for what the network has, and pays what it costs. */
export async function askAsUsual({ network }: World): Promise<void> {
  const { api_key: key } = await network.register();
  const { body: task } = await must(network, 'POST', '/api/v1/request', {
    key,
    body: { task_type: 'echo', content: 'as usual' },
  });
  if (task.result !== 'Echo: as usual' || task.cost !== CREDITS_PER_UNIT) {
    throw new Error(`A task came out wrong: ${JSON.stringify(task)}`);
  }
  const messages = [{ role: 'user', content: 'as usual' }];
  const chat = await must(network, 'POST', '/v1/chat/completions', { key, body: { model: 'default', messages } });
  if (chat.body.choices[0].message.content !== 'one two three') throw new Error(JSON.stringify(chat.body));
}

/**
 * An account can still spend all that its wallet shows: nothing of it is set aside in memory for requests that are over.
 *
 * @returns credits that were spent
 */
export async function spendAll({ network }: World, key: string): Promise<number> {
  const { body: before } = await must(network, 'GET', '/plexus/v1/wallet', { key });
  const grant = { account_id: before.account_id, credits: String(CREDITS_PER_UNIT) };
  await must(network, 'POST', '/plexus/v1/grants', { key: network.operatorKey, body: grant });
  const { body: wallet } = await must(network, 'GET', '/plexus/v1/wallet', { key });
  const units = Math.floor(Number(wallet.available) / CREDITS_PER_UNIT);
  const body = { task_type: 'echo', content: 'x'.repeat(units * CHARACTERS_PER_UNIT) };
  const { body: task } = await must(network, 'POST', '/api/v1/request', { key, body });
  return task.cost;
}

/** Figures of the coordinator that are zero when nothing is under way. */
export async function restlessness({ network }: World): Promise<readonly string[]> {
  const text = await (await fetch(`${network.url}/metrics`)).text();
  const names = 'jobs_open jobs_open_characters held_credits ledger_imbalance_credits http_upload_bytes'.split(' ');
  return names.map((name) => new RegExp(`^plexus_${name} .*$`, 'm').exec(text)?.[0] ?? `no plexus_${name}`);
}

/** Requests that the coordinator is answering, the one that asks among them. */
export async function openRequests({ network }: World): Promise<number> {
  const text = await (await fetch(`${network.url}/metrics`)).text();
  return Number(/^plexus_http_requests_open (\d+)$/m.exec(text)?.[1]);
}
