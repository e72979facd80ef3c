/** The configuration file of Infernet's original node, read as it is. */
import { isIP } from 'node:net';
import { CONTAINER_DEFAULTS, creditsToMicro, MAX_CONTAINERS, parseCredits, rootMessage } from '@plexus/protocol';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { readText } from '../files.ts';
import { unknownNames } from './unknown-names.ts';

/** Credits of one answer at most. */
const MAX_PRICE = 1_000_000;

const Port = Type.Union([Type.Integer({ minimum: 0, maximum: 65_535 }), Type.String({ pattern: '^\\d{0,5}$' })]);
const Texts = Type.Array(Type.String({ maxLength: 2000 }), { maxItems: 1000 });
/** As the original has it: 60 in 60 seconds. */
const RateLimit = Type.Object({
  num_requests: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  period: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 86_400 })),
});
/** What the original knows, and has no effect here. */
const Unused = Type.Optional(Type.Unknown());

const Container = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 200 }),
  image: Type.Optional(Type.String({ maxLength: 500 })),
  url: Type.Optional(Type.String({ maxLength: 2000 })),
  bearer: Type.Optional(Type.String({ maxLength: 2000 })),
  port: Type.Optional(Port),
  external: Type.Optional(Type.Boolean()),
  gpu: Type.Optional(Type.Boolean()),
  allowed_ips: Type.Optional(Texts),
  allowed_addresses: Type.Optional(Texts),
  allowed_delegate_addresses: Type.Optional(Texts),
  description: Type.Optional(Type.String({ maxLength: 2000 })),
  command: Type.Optional(Type.Union([Type.String({ maxLength: 10_000 }), Texts])),
  env: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
  volumes: Type.Optional(Texts),
  rate_limit: Type.Optional(RateLimit),
  accepted_payments: Type.Optional(Type.Record(Type.String(), Type.Number())),
  generates_proofs: Type.Optional(Type.Boolean()),
  // Ours.
  price: Type.Optional(
    Type.Union([Type.Number({ minimum: 0, maximum: MAX_PRICE }), Type.String({ maxLength: 20 })], {
      description: 'Credits of one answer.',
    }),
  ),
  timeout_seconds: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: 86_400, default: CONTAINER_DEFAULTS.timeoutSeconds }),
  ),
  concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: CONTAINER_DEFAULTS.concurrency })),
  max_pending: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, default: CONTAINER_DEFAULTS.queue })),
  network: Type.Optional(Type.Boolean({ description: 'Whether it may reach others.' })),
  writable: Type.Optional(Type.Boolean({ description: 'Whether it may write to its own files beside /tmp.' })),
  cpu_millis: Type.Optional(Type.Integer({ minimum: 10, maximum: 1_000_000 })),
  memory_bytes: Type.Optional(Type.Integer({ minimum: 8 * 1024 * 1024 })),
  processes: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  max_answer_bytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 * 1024 * 1024 })),
});
export type ContainerConfig = Static<typeof Container>;

const Config = Type.Object({
  containers: Type.Array(Container, { maxItems: MAX_CONTAINERS }),
  manage_containers: Type.Optional(Type.Boolean()),
  server: Type.Optional(Type.Object({ port: Type.Optional(Port), rate_limit: Type.Optional(RateLimit) })),
  docker: Type.Optional(
    Type.Object({ username: Type.Optional(Type.String()), password: Type.Optional(Type.String()) }),
  ),
  chain: Type.Optional(
    Type.Object({
      enabled: Type.Optional(Type.Boolean()),
      rpc_url: Type.Optional(Type.String({ maxLength: 2000 })),
      registry_address: Type.Optional(Type.String({ maxLength: 100 })),
      wallet: Type.Optional(
        Type.Object({
          max_gas_limit: Type.Optional(Type.Integer({ minimum: 21_000 })),
          private_key: Type.Optional(Type.String({ maxLength: 100 })),
          payment_address: Type.Optional(Type.String({ maxLength: 100 })),
          allowed_sim_errors: Unused,
        }),
      ),
      trail_head_blocks: Unused,
      snapshot_sync: Unused,
      // Ours.
      poll_seconds: Type.Optional(Type.Number({ minimum: 0.1, maximum: 3600 })),
    }),
  ),
  forward_stats: Unused,
  log: Unused,
  log_path: Unused,
  redis: Unused,
  startup_wait: Unused,
  // Ours.
  status_ips: Type.Optional(Texts),
  result_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 366 * 86_400 })),
});
export type InfernetConfig = Static<typeof Config>;

const config = Compile(Config);

/** @throws {Error} when the file cannot be read, or is no configuration; says where */
export async function readInfernetConfig(path: string): Promise<InfernetConfig> {
  const text = await readText(path).catch((cause: unknown) => {
    throw new Error(`The Infernet configuration ${path} cannot be read: ${rootMessage(cause)}`, { cause });
  });
  const value = parse(text, path);
  if (!config.Check(value)) {
    const [first] = config.Errors(value);
    const where = first?.instancePath.slice(1).replaceAll('/', '.') || 'it';
    throw new Error(`The Infernet configuration ${path} is wrong: ${where} ${first?.message ?? 'is not valid'}`);
  }
  const problem = problemOf(value);
  if (problem === undefined) return value;
  throw new Error(`The Infernet configuration ${path} is wrong: ${problem}`);
}

/** What of a configuration has no effect, as nobody knows its name. */
export function unknownIn(value: InfernetConfig): readonly string[] {
  return unknownNames(Config, value);
}

/** What no schema can say. */
function problemOf({ containers, status_ips: statusIps = [] }: InfernetConfig): string | undefined {
  const ids = containers.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) return `there are two containers "${twice}"`;
  const dear = containers.find((container) => priceMicroOf(container) === undefined);
  if (dear) return `the price of container "${dear.id}" is no amount of credits with at most 6 decimal places`;
  const unsent = containers.find(({ bearer = '' }) => /[^ -~]/.test(bearer));
  if (unsent) return `the bearer of container "${unsent.id}" has what no header can have, such as the end of a line`;
  const networks = [...statusIps, ...containers.flatMap(({ allowed_ips: allowed = [] }) => allowed)];
  const wrong = networks.find((network) => !isNetwork(network));
  return wrong === undefined ? undefined : `"${wrong}" is no network of clients`;
}

/** What a container asks for one answer, in micro-credits; nothing where its price is no amount. */
export function priceMicroOf({ price = 0 }: Pick<ContainerConfig, 'price'>): bigint | undefined {
  try {
    const micro = parseCredits(String(price));
    return micro >= 0n && micro <= creditsToMicro(MAX_PRICE) ? micro : undefined;
  } catch {
    return undefined;
  }
}

/** An address, or a network such as `10.0.0.0/8`. */
function isNetwork(text: string): boolean {
  const [, address = '', prefix = '0'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** What is null is as if it were not there: the original writes so what has not been set. */
function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text, (_name, value: unknown) => value ?? undefined);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The Infernet configuration ${path} is no JSON: ${reason}`, { cause });
  }
}
