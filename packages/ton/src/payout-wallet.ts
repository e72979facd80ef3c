import {
  Address,
  beginCell,
  Cell,
  comment,
  contractAddress,
  external,
  internal,
  SendMode,
  storeMessage,
  storeOutList,
} from '@ton/core';
import { keyPairFromSeed, mnemonicToPrivateKey, mnemonicValidate, sign } from '@ton/crypto';

/** One payment out of a wallet. */
interface Transfer {
  /** A TON address in any form. */
  readonly to: string;
  /** NanoTON. */
  readonly amount: bigint;
}

/** What a wallet signs: it takes it once, at this number and no later. */
interface SigningTerms {
  readonly seqno: number;
  readonly validUntil: Date;
  readonly comment: string;
  readonly transfers: readonly Transfer[];
}

interface SignedPayment {
  /** The external message, in base64. */
  readonly boc: string;
  /** Hash of its body in hex: no other message has it. */
  readonly messageHash: string;
}

/** A wallet that pays: version 5, revision 1. Source: ton-blockchain, wallet-contract-v5. */
export interface PayoutWallet {
  readonly rawAddress: string;
  sign(terms: SigningTerms): SignedPayment;
}

export type TonNetwork = 'mainnet' | 'testnet';

/** Payments that one message of the wallet can make. */
export const MAX_TRANSFERS = 255;

/** Source: ton-blockchain, wallet-contract-v5, build of revision 1. */
const CODE =
  'te6cckECFAEAAoEAART/APSkE/S88sgLAQIBIAINAgFIAwQC3NAg10nBIJFbj2Mg1wsfIIIQZXh0br0hghBzaW50vbCSXwPgghBleHRuuo60gCDXIQHQdNch+kAw+kT4KPpEMFi9kVvg7UTQgQFB1yH0BYMH9A5voTGRMOGAQNchcH/bPOAxINdJgQKAuZEw4HDiEA8CASAFDAIBIAYJAgFuBwgAGa3OdqJoQCDrkOuF/8AAGa8d9qJoQBDrkOuFj8ACAUgKCwAXsyX7UTQcdch1wsfgABGyYvtRNDXCgCAAGb5fD2omhAgKDrkPoCwBAvIOAR4g1wsfghBzaWduuvLgin8PAeaO8O2i7fshgwjXIgKDCNcjIIAg1yHTH9Mf0x/tRNDSANMfINMf0//XCgAK+QFAzPkQmiiUXwrbMeHywIffArNQB7Dy0IRRJbry4IVQNrry4Ib4I7vy0IgikvgA3gGkf8jKAMsfAc8Wye1UIJL4D95w2zzYEAP27aLt+wL0BCFukmwhjkwCIdc5MHCUIccAs44tAdcoIHYeQ2wg10nACPLgkyDXSsAC8uCTINcdBscSwgBSMLDy0InXTNc5MAGk6GwShAe78uCT10rAAPLgk+1V4tIAAcAAkVvg69csCBQgkXCWAdcsCBwS4lIQseMPINdKERITAJYB+kAB+kT4KPpEMFi68uCR7UTQgQFB1xj0BQSdf8jKAEAEgwf0U/Lgi44UA4MH9Fvy4Iwi1woAIW4Bs7Dy0JDiyFADzxYS9ADJ7VQAcjDXLAgkji0h8uCS0gDtRNDSAFETuvLQj1RQMJExnAGBAUDXIdcKAPLgjuLIygBYzxbJ7VST8sCN4gAQk1vbMeHXTNC01sNe';
const AUTH_SIGNED_EXTERNAL = 0x7369676e;
/** Workchain 0, version 0, the first wallet of a key. */
const FIRST_WALLET = 0x8000_0000 | 0;
const GLOBAL_IDS: Readonly<Record<TonNetwork, number>> = { mainnet: -239, testnet: -3 };
const KEY_BYTES = 32;

/** The wallet of a secret of 24 words. @throws {RangeError} for words that are no wallet's */
export async function walletOfWords(words: readonly string[], network: TonNetwork): Promise<PayoutWallet> {
  // Other words lead to another wallet, which has nothing.
  if (!(await mnemonicValidate([...words]))) {
    throw new RangeError('The words are not those of a TON wallet: one is mistyped, or stands at another place');
  }
  const { secretKey } = await mnemonicToPrivateKey([...words]);
  return walletOfSeed(secretKey.subarray(0, KEY_BYTES), network);
}

/** The wallet of an Ed25519 seed of 32 bytes. */
export function walletOfSeed(seed: Uint8Array, network: TonNetwork): PayoutWallet {
  const { publicKey, secretKey } = keyPairFromSeed(Buffer.from(seed));
  const walletId = GLOBAL_IDS[network] ^ FIRST_WALLET;
  const data = beginCell()
    .storeBit(true)
    .storeUint(0, 32)
    .storeInt(walletId, 32)
    .storeBuffer(publicKey)
    .storeBit(false)
    .endCell();
  const init = { code: Cell.fromBase64(CODE), data };
  const address = contractAddress(0, init);
  return {
    rawAddress: address.toRawString(),
    sign({ seqno, validUntil, comment: text, transfers }) {
      if (transfers.length === 0 || transfers.length > MAX_TRANSFERS) {
        throw new RangeError(`A message makes 1 to ${MAX_TRANSFERS} payments, not ${transfers.length}`);
      }
      const message = beginCell()
        .storeUint(AUTH_SIGNED_EXTERNAL, 32)
        .storeInt(walletId, 32)
        .storeUint(Math.floor(validUntil.getTime() / 1000), 32)
        .storeUint(seqno, 32)
        .storeMaybeRef(actionsOf(transfers, text))
        .storeBit(false);
      const body = beginCell().storeBuilder(message).storeBuffer(sign(message.endCell().hash(), secretKey)).endCell();
      // A wallet is put on chain by its first message.
      const outer = external({ to: address, body, ...(seqno === 0 && { init }) });
      return {
        boc: beginCell().store(storeMessage(outer)).endCell().toBoc().toString('base64'),
        messageHash: body.hash().toString('hex'),
      };
    },
  };
}

/** The wallet demands IGNORE_ERRORS: whether each payment was made is read from the transaction. */
function actionsOf(transfers: readonly Transfer[], text: string): Cell {
  const mode = SendMode.PAY_GAS_SEPARATELY + SendMode.IGNORE_ERRORS;
  const actions = transfers.map(({ to, amount }) => ({
    type: 'sendMsg' as const,
    mode,
    outMsg: internal({ to: Address.parse(to), value: amount, bounce: false, body: comment(text) }),
  }));
  return beginCell().store(storeOutList(actions)).endCell();
}
