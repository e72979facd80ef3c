/** Whether an error is the system's, or Node.js's, of this code, for example `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** `fetch failed` says nothing; what it was caused by does. */
export function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return rootMessage(error.cause);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}

/** What somebody needs who was refused for a Host header, as the refusal says it. */
export const ALLOWED_HOST = 'an allowed host';

/** Whether it was left because Node.js does not know who has signed its certificate. The words are OpenSSL's. */
export function isUnknownAuthority(message: string): boolean {
  return /self-signed certificate|issuer certificate|first certificate/.test(message);
}

/** Whether it was called by https and speaks plain HTTP. The words are OpenSSL's. */
export function isPlainHttp(message: string): boolean {
  return /wrong version number|packet length too long/.test(message);
}
