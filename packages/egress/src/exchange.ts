import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Connections } from './connections.ts';
import type { Course } from './course.ts';
import type { Destination } from './destination.ts';
import { tooLarge } from './egress-error.ts';

/** One request to one destination. */
export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** Bytes of the answer's body, as they come. */
  readonly maxBytes: number;
  readonly course: Course;
  readonly connections: Connections;
}

/** An answer whose head has come, as it came. Whoever does not read its body to the end destroys it. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** Sends a request to one of the destination's addresses and nowhere else. */
export function exchange({ url, addresses }: Destination, how: Exchange): Promise<RawAnswer> {
  const { method, headers, body = null, maxBytes, course, connections } = how;
  const dispatcher = connections.to({ url, addresses });
  return new Promise((resolve, reject) => {
    const done = (): void => connections.done(dispatcher);
    const reception = new Reception({ maxBytes, course, resolve, reject, done });
    dispatcher.dispatch({ path: url.pathname + url.search, method, headers, body }, reception);
  });
}

interface ReceptionOptions extends Pick<Exchange, 'maxBytes' | 'course'> {
  readonly resolve: (answer: RawAnswer) => void;
  readonly reject: (error: Error) => void;
  /** Called once, when nothing more comes. */
  readonly done: () => void;
}

/** Takes an answer in, no faster than it is read, until its course is over. */
class Reception implements Dispatcher.DispatchHandler {
  readonly #options: ReceptionOptions;
  #controller: Dispatcher.DispatchController | undefined;
  #body: Readable | undefined;
  #bytes = 0;
  #isOver = false;

  constructor(options: ReceptionOptions) {
    this.#options = options;
    options.course.onStop((why) => this.#fail(why));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It may have been given up before there was a connection.
    if (this.#isOver) controller.abort(new Error('It was given up'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#options.course.moved();
    const read = (): void => {
      this.#options.course.moved();
      this.#controller?.resume();
    };
    const body = new Readable({ read, destroy: (error, told) => told(this.#discard(error)) });
    // Whoever reads it is told, also when that begins later.
    body.on('error', () => undefined);
    this.#body = body;
    this.#options.resolve({ status, headers, body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { course, maxBytes } = this.#options;
    course.moved();
    this.#bytes += chunk.byteLength;
    if (this.#bytes > maxBytes) this.#fail(tooLarge(maxBytes));
    else if (this.#body?.push(chunk) === false) controller.pause();
  }

  onResponseEnd(): void {
    this.#end();
    this.#body?.push(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#end(error);
    if (this.#body) this.#body.destroy(error);
    else this.#options.reject(error);
  }

  /** Whoever reads the body wants no more of it. */
  #discard(error: Error | null): Error | null {
    if (!this.#isOver) this.#end(new Error('The rest is not wanted'));
    return error && this.#options.course.explain(error);
  }

  #end(cause?: Error): void {
    this.#isOver = true;
    if (cause) this.#controller?.abort(cause);
    this.#options.done();
  }
}
