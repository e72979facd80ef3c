import { createHmac } from 'node:crypto';

/** What a secret is shown with. Source: Standard Webhooks 1.0.0, "Signature scheme". */
export const SECRET_PREFIX = 'whsec_';

export interface SignedMessage {
  readonly id: string;
  /** Whole seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/** The `webhook-signature` of a message: one for each secret, so that one can be changed for another. */
export function signatureOf({ id, timestamp, body }: SignedMessage, secrets: readonly string[]): string {
  return secrets.map((secret) => `v1,${hmac(secret, `${id}.${timestamp}.${body}`)}`).join(' ');
}

function hmac(secret: string, message: string): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  return createHmac('sha256', key).update(message).digest('base64');
}
