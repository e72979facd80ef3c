/**
 * The chain of a TON virtual machine behind the HTTP API of toncenter, version 2, as far as payouts ask it: by paths, and as
 * JSON-RPC. Source: toncenter.com, "TON HTTP API C++, v2".
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Address, beginCell, Cell, loadMessage, loadTransaction, storeTransaction } from '@ton/core';
import type { Blockchain } from '@ton/sandbox';

/** What becomes of a message on its way: it arrives, or never does, or does and nobody hears of it. */
type Carry = 'normally' | 'lost' | 'but the answer is lost';
/** A status and a body. */
type Said = readonly [number, object];
type Params = Readonly<Record<string, unknown>>;

const ZERO_HASH = Buffer.alloc(32).toString('base64');
const BLOCK = { workchain: -1, shard: '-9223372036854775808', seqno: 1, root_hash: ZERO_HASH, file_hash: ZERO_HASH };

export class Toncenter {
  carry: Carry = 'normally';
  sends = 0;
  /** Requests that were answered 429. */
  refused = 0;
  /** Told after a message has arrived, and before that is answered. */
  onSent: () => void | Promise<void> = () => undefined;
  /** Whether every other request comes too soon. */
  isBusy = false;
  private asked = 0;
  private readonly transactions: string[] = [];
  private readonly server: Server;
  private readonly chain: Blockchain;
  private readonly apiKey: string | undefined;

  constructor(chain: Blockchain, apiKey?: string) {
    this.chain = chain;
    this.apiKey = apiKey;
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  /** @returns its address, as far as its version */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/v2`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const [status, said] = this.refusal(request) ?? (await this.result(request, body));
    if (this.carry === 'but the answer is lost' && this.sends > 0) return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  }

  private refusal({ headers }: IncomingMessage): Said | undefined {
    if (this.apiKey !== undefined && headers['x-api-key'] !== this.apiKey) {
      return [401, { ok: false, error: 'API key does not exist', code: 401 }];
    }
    if (!this.isBusy || this.asked++ % 2 === 1) return undefined;
    this.refused += 1;
    return [429, { ok: false, result: 'Ratelimit exceed', code: 429 }];
  }

  private async result(request: IncomingMessage, body: Params): Promise<Said> {
    const url = new URL(request.url ?? '', 'http://toncenter');
    const path = url.pathname.split('/').at(-1) ?? '';
    const isRpc = path === 'jsonRPC';
    const params = isRpc ? (body['params'] as Params) : { ...Object.fromEntries(url.searchParams), ...body };
    try {
      const result = await this.answer(isRpc ? String(body['method']) : path, params);
      return [200, { ok: true, result, ...(isRpc && { jsonrpc: '2.0', id: body['id'] }) }];
    } catch (error) {
      const reason = `LITE_SERVER_UNKNOWN: cannot apply external message to current state : ${String(error)}`;
      return [500, { ok: false, error: reason, code: 500 }];
    }
  }

  private async answer(method: string, params: Params): Promise<unknown> {
    switch (method) {
      case 'getAddressInformation':
        return await this.account(Address.parse(String(params['address'])));
      case 'sendBoc':
        return await this.take(String(params['boc']));
      case 'getTransactions': {
        const address = Address.parse(String(params['address'])).hash;
        const own = this.transactions.map(readTransaction).filter(({ account }) => account.equals(address));
        return own.slice(0, Number(params['limit'])).map(({ shown }) => shown);
      }
      default:
        throw new Error(`There is no ${method}`);
    }
  }

  private async account(address: Address): Promise<object> {
    const contract = await this.chain.getContract(address);
    const state = contract.accountState;
    const text = (cell: Cell | null | undefined): string => cell?.toBoc().toString('base64') ?? '';
    return {
      '@type': 'raw.fullAccountState',
      balance: String(contract.balance),
      code: state?.type === 'active' ? text(state.state.code) : '',
      data: state?.type === 'active' ? text(state.state.data) : '',
      last_transaction_id: {
        '@type': 'internal.transactionId',
        lt: String(contract.lastTransactionLt),
        hash: ZERO_HASH,
      },
      block_id: { '@type': 'ton.blockIdExt', ...BLOCK },
      frozen_hash: '',
      sync_utime: this.chain.now,
      state: state?.type === 'active' ? 'active' : 'uninitialized',
    };
  }

  private async take(boc: string): Promise<object> {
    this.sends += 1;
    if (this.carry === 'lost') return { '@type': 'ok' };
    const { transactions } = await this.chain.sendMessage(loadMessage(Cell.fromBase64(boc).beginParse()));
    const own = transactions.filter(({ inMessage }) => inMessage?.info.type === 'external-in');
    this.transactions.unshift(
      ...own.map((one) => beginCell().store(storeTransaction(one)).endCell().toBoc().toString('base64')),
    );
    await this.onSent();
    return { '@type': 'ok' };
  }
}

async function bodyOf(request: IncomingMessage): Promise<Params> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Params);
}

function readTransaction(data: string): { readonly account: Buffer; readonly shown: object } {
  const cell = Cell.fromBase64(data);
  const { address, lt, now, totalFees } = loadTransaction(cell.beginParse());
  const account = Buffer.from(address.toString(16).padStart(64, '0'), 'hex');
  const transactionId = { '@type': 'internal.transactionId', lt: String(lt), hash: cell.hash().toString('base64') };
  const fees = { fee: String(totalFees.coins), storage_fee: '0', other_fee: '0' };
  return {
    account,
    shown: { '@type': 'raw.transaction', utime: now, data, transaction_id: transactionId, ...fees, out_msgs: [] },
  };
}
