/** How the domain's values look under /plexus/v1: credits as decimal text, times as ISO text, null for absent. */
import type { Account, ApiKey, JournalEntry, NodeResources, NodeStatus } from '@plexus/core';
import { formatCredits, type Output, type plexusEndpoints, type ServiceDefinition } from '@plexus/protocol';
import { transactionId } from '../transaction-id.ts';

type Endpoints = typeof plexusEndpoints;
type Item<K extends 'listAllNodes' | 'listKeys' | 'listEntries'> = Output<Endpoints[K]>['items'][number];

export function instant(date: Date | undefined): string | null {
  return date ? date.toISOString() : null;
}

export function toNode(node: NodeStatus): Item<'listAllNodes'> {
  return {
    node_id: node.id,
    name: node.name,
    account_id: node.accountId,
    online: node.online,
    draining: node.draining,
    custodial: node.custodial,
    languages: [...node.languages],
    services: node.services.map(({ models, ...load }) => ({ ...load, models: [...models] })),
    reputation: node.reputation,
    completed: node.completed,
    failed: node.failed,
    load: node.load,
    cpu_percent: node.cpuPercent ?? null,
    resources: node.resources ? toResources(node.resources) : null,
    last_seen_at: instant(node.lastSeenAt),
  };
}

function toResources({ cpuMillis, memoryBytes, gpus }: NodeResources): Item<'listAllNodes'>['resources'] {
  const devices = gpus.map(({ name, memoryBytes: memory_bytes }) => ({ name, memory_bytes }));
  return { cpu_millis: cpuMillis, memory_bytes: memoryBytes, gpus: devices };
}

export function toKey(key: ApiKey): Item<'listKeys'> {
  return {
    id: key.id,
    account_id: key.accountId,
    label: key.label,
    prefix: key.prefix,
    role: key.role,
    scopes: [...key.scopes],
    max_running: key.maxRunning ?? null,
    spend_limit: key.spendLimit === undefined ? null : formatCredits(key.spendLimit),
    spent: formatCredits(key.spent),
    expires_at: instant(key.expiresAt),
    revoked_at: instant(key.revokedAt),
    created_at: key.createdAt.toISOString(),
  };
}

export function toWallet(account: Account): Output<Endpoints['getWallet']> {
  return {
    account_id: account.id,
    name: account.name,
    available: formatCredits(account.available),
    held: formatCredits(account.held),
    staked: formatCredits(account.staked),
    cooling: formatCredits(account.cooling),
    earned: formatCredits(account.earned),
    spent: formatCredits(account.spent),
  };
}

/** The sign is plus where credits become available to the account, minus where they leave it or are held. */
export function toEntry(entry: JournalEntry, accountId: string): Item<'listEntries'> {
  const isGain = entry.credit.accountId === accountId && entry.credit.part === 'available';
  return {
    id: transactionId(entry.sequence),
    kind: entry.kind,
    amount: formatCredits(isGain ? entry.amount : -entry.amount),
    job_id: entry.jobId ?? null,
    memo: entry.memo ?? null,
    at: entry.at.toISOString(),
  };
}

export function toService(service: ServiceDefinition, available: number): Output<Endpoints['listServices']>[number] {
  return {
    id: service.id,
    name: service.name,
    category: service.category,
    description: service.description,
    version: service.version,
    unit_type: service.unitType,
    unit_price: formatCredits(service.unitPriceMicro),
    timeout_seconds: service.timeoutSeconds,
    available,
    params: service.params,
  };
}
