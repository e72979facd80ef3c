import { expect, it } from 'vitest';
import { priceSourceOf } from '../src/payouts/price-source.ts';

const SOURCE = 'https://prices.example/v2?of=ton';

/** A source behind an answer, and what was said of it. */
function sourceOf(address: string | number | undefined, answer: () => Response = () => Response.json({})) {
  const said: string[] = [];
  let asked = 0;
  const fetch = async () => {
    asked += 1;
    return answer();
  };
  const source = typeof address === 'string' ? new URL(address) : address;
  const price = priceSourceOf(source, {
    fetch,
    signal: new AbortController().signal,
    say: (text) => said.push(text),
  });
  return { price, said, asked: () => asked };
}

it('is the price that was given, or none', async () => {
  expect(await sourceOf(3.5).price()).toBe(3.5);
  expect(await sourceOf(undefined).price()).toBeUndefined();
});

it.each([
  ['#/rates/TON/usd', { rates: { TON: { usd: 5.25 } } }, 5.25],
  ['#/prices/1', { prices: ['0', '2.5'] }, 2.5],
  ['#/a~1b/~0c', { 'a/b': { '~c': 1 } }, 1],
  ['', 7, 7],
])('is read from where %j points to, each time anew', async (pointer, document, expected) => {
  const { price, said, asked } = sourceOf(SOURCE + pointer, () => Response.json(document));
  expect([await price(), await price()]).toEqual([expected, expected]);
  expect([said, asked()]).toEqual([[], 2]);
});

it.each([
  ['a refusal', '#/usd', () => new Response('no', { status: 429 }), 'status 429'],
  ['no JSON', '#/usd', () => new Response('<html>'), 'JSON'],
  ['nothing there', '#/toString', () => Response.json({ usd: 1 }), 'no price at "/toString"'],
  ['what is no price', '#/usd', () => Response.json({ usd: -1 }), 'no price'],
  ['more than a coordinator takes', '#/usd', () => Response.json({ usd: 1_000_001 }), 'no price'],
  ['text', '#/usd', () => Response.json({ usd: 'much' }), 'no price'],
])('is none, and it is said why, for %s', async (_what, pointer, answer, why) => {
  const { price, said } = sourceOf(SOURCE + pointer, answer);
  expect(await price()).toBeUndefined();
  expect(said).toEqual([expect.stringContaining('No price from prices.example')]);
  expect(said[0]).toContain(why);
});
