import { setTimeout as sleep } from 'node:timers/promises';
import { Address, Cell, loadTransaction } from '@ton/core';

/** A wallet of version 5 as one block of the chain has it. */
export interface WalletOnChain {
  /** The number that its next message must have; 0 before its first. */
  readonly seqno: number;
  /** NanoTON. */
  readonly balance: bigint;
  /** The chain's own clock when all of this was so. It may be behind. */
  readonly now: Date;
}

/** A transaction that a message led to. */
export interface FoundTransaction {
  /** In hex. */
  readonly hash: string;
  readonly at: Date;
  /** What it really sent. */
  readonly sent: readonly { readonly to: string; readonly amount: bigint }[];
}

/** The chain, as far as payouts need it. */
export interface TonChain {
  look(rawAddress: string): Promise<WalletOnChain>;
  send(boc: string): Promise<void>;
  /** Looks among the wallet's newest transactions. */
  find(rawAddress: string, messageHash: string): Promise<FoundTransaction | undefined>;
}

export interface ToncenterOptions {
  /** For example `https://testnet.toncenter.com/api/v2`. */
  readonly url: string;
  readonly apiKey?: string;
  readonly fetch?: typeof fetch;
  /** Lets milliseconds go by. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

const TIMEOUT_MS = 20_000;
/** Without a key one request is answered a second. Source: docs.ton.org, "TON Center: rate limits". */
const TOO_SOON = 429;
const WAIT_MS = 1100;
const MAX_TRIES = 6;
const LOOK_BACK = 100;

type Fields = Readonly<Record<string, unknown>>;

/** The chain through an HTTP API. Source: toncenter.com, "TON HTTP API C++, v2". */
export function createToncenter(options: ToncenterOptions): TonChain {
  const call = (path: string, body?: object): Promise<unknown> => callApi(options, path, body);

  return {
    async look(rawAddress) {
      const info = await call(`getAddressInformation?address=${encodeURIComponent(rawAddress)}`);
      return understood('getAddressInformation', () => walletIn(info as Fields));
    },

    async send(boc) {
      await call('sendBoc', { boc });
    },

    async find(rawAddress, messageHash) {
      const address = encodeURIComponent(rawAddress);
      const all = await call(`getTransactions?address=${address}&limit=${LOOK_BACK}`);
      return understood('getTransactions', () => transactionIn(all as readonly { data: string }[], messageHash));
    },
  };
}

/** An API in between may leave out what is asked for, or say anything else. */
function understood<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`The chain's API answered ${path} with something else than was asked for`, { cause });
  }
}

function walletIn({ balance, sync_utime: time, state, data }: Fields): WalletOnChain {
  const now = new Date(Number(time) * 1000);
  if (Number.isNaN(now.getTime())) throw new Error('There is no clock');
  const seqno = state === 'active' ? seqnoIn(String(data)) : 0;
  return { seqno, balance: BigInt(String(balance)), now };
}

function transactionIn(all: readonly { readonly data: string }[], messageHash: string): FoundTransaction | undefined {
  for (const { data } of all) {
    const cell = Cell.fromBase64(data);
    const { inMessage, outMessages, now } = loadTransaction(cell.beginParse());
    if (inMessage?.body.hash().toString('hex') !== messageHash) continue;
    return { hash: cell.hash().toString('hex'), at: new Date(now * 1000), sent: outMessages.values().flatMap(sentBy) };
  }
  return undefined;
}

/**
 * The number in a wallet's data, which is of the same block as the clock beside it: another call may be answered by a
 * server that is behind. Source: ton-blockchain, wallet-contract-v5, contract_state.
 */
function seqnoIn(data: string): number {
  return Cell.fromBase64(data).beginParse().skip(1).loadUint(32);
}

/** Each call may be repeated: a wallet takes the same message once. */
async function callApi(options: ToncenterOptions, path: string, body?: object): Promise<unknown> {
  const { wait = sleep } = options;
  for (let tries = 1; ; tries++) {
    const { status, said } = await ask(options, path, body);
    if (said['ok'] === true) return said['result'];
    if (status !== TOO_SOON || tries === MAX_TRIES) {
      const reason = [said['error'], said['result']].find((text) => typeof text === 'string') ?? 'no reason given';
      throw new Error(`The chain's API refused ${path.split('?')[0]} with ${status}: ${reason}`);
    }
    await wait(WAIT_MS * tries);
  }
}

async function ask(
  { url, apiKey, fetch: send = fetch }: ToncenterOptions,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly said: Fields }> {
  const place = `${url.replace(/\/+$/, '')}/${path}`;
  try {
    const answer = await send(place, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(apiKey !== undefined && { 'x-api-key': apiKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: answer.status, said: answerOf(await answer.text()) };
  } catch (cause) {
    throw new Error(`The chain's API at ${new URL(place).origin} does not answer`, { cause });
  }
}

/** A proxy in between may say something else than JSON. */
function answerOf(text: string): Fields {
  try {
    return Object(JSON.parse(text)) as Fields;
  } catch {
    return {};
  }
}

function sentBy({
  info,
}: {
  readonly info: { readonly type: string; readonly dest?: unknown; readonly value?: { readonly coins: bigint } };
}) {
  const isPayment = info.type === 'internal' && info.dest instanceof Address && info.value !== undefined;
  return isPayment && info.dest instanceof Address
    ? [{ to: info.dest.toRawString(), amount: info.value?.coins ?? 0n }]
    : [];
}
