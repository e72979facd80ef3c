/** A list that can be waited for. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  put(item: T): void {
    const taker = this.#waiting.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  async next(): Promise<T> {
    const [item] = this.#items.splice(0, 1);
    return item ?? new Promise<T>((resolve) => this.#waiting.push(resolve));
  }
}
