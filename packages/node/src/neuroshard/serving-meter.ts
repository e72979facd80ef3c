/** Latencies fall into classes, each this much wider than the one before: a percentile is off by less. */
const GROWTH = 1.05;
/** Of the shortest latency that is told apart. */
const FIRST_MS = 0.1;
const CLASSES = 400;
const MINUTE_MS = 60_000;
/** Moments of the last minute that are remembered; a busier node tells its rate by these. */
const MAX_MOMENTS = 10_000;

export interface ServingFigures {
  readonly requests: number;
  readonly requestsPerMinute: number;
  readonly averageMs: number;
  readonly p99Ms: number;
  readonly tokens: number;
}

/** Counts what a node's language model has done. */
export class ServingMeter {
  readonly #now: () => number;
  readonly #classes = new Uint32Array(CLASSES);
  #requests = 0;
  #totalMs = 0;
  #tokens = 0;
  #longestMs = 0;
  /** When requests of the last minute ended, oldest first. */
  readonly #moments: number[] = [];

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  note(latencyMs: number, tokens: number): void {
    this.#requests += 1;
    this.#totalMs += latencyMs;
    this.#tokens += tokens;
    this.#longestMs = Math.max(this.#longestMs, latencyMs);
    const at = Math.ceil(Math.log(Math.max(FIRST_MS, latencyMs) / FIRST_MS) / Math.log(GROWTH));
    const place = Math.min(CLASSES - 1, at);
    this.#classes[place] = (this.#classes[place] ?? 0) + 1;
    this.#moments.push(this.#now());
    if (this.#moments.length > MAX_MOMENTS) this.#moments.shift();
  }

  figures(): ServingFigures {
    const since = this.#now() - MINUTE_MS;
    while ((this.#moments[0] ?? since) < since) this.#moments.shift();
    return {
      requests: this.#requests,
      requestsPerMinute: this.#moments.length,
      averageMs: this.#requests === 0 ? 0 : this.#totalMs / this.#requests,
      p99Ms: this.#percentile(0.99),
      tokens: this.#tokens,
    };
  }

  /** The upper end of the class that the share falls into, but no more than there was. */
  #percentile(share: number): number {
    const wanted = Math.ceil(this.#requests * share);
    let seen = 0;
    for (let place = 0; place < CLASSES && wanted > 0; place++) {
      seen += this.#classes[place] ?? 0;
      if (seen >= wanted) return Math.min(this.#longestMs, FIRST_MS * GROWTH ** place);
    }
    return 0;
  }
}
