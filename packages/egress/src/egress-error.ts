/** Why a request was not made, or its answer not taken. */
export type EgressErrorCode =
  | 'invalid_url'
  | 'scheme_refused'
  | 'credentials_in_url'
  | 'address_refused'
  | 'name_not_found'
  | 'too_many_redirects'
  | 'too_large'
  | 'bad_encoding'
  | 'timed_out'
  | 'connection_failed'
  | 'aborted';

/** A failure whose message may be shown to whoever gave the URL: it names no address that a name was found to have. */
export class EgressError extends Error {
  override readonly name = 'EgressError';
  readonly code: EgressErrorCode;

  constructor(code: EgressErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function tooLarge(maxBytes: number): EgressError {
  return new EgressError('too_large', `The answer has more than ${maxBytes} bytes`);
}
