/** What Fastify says when it refuses a request, and where that does not tell it, what mends it. */
export function refusalMessage(status: number, message: string): string {
  return status === 415 ? `${message}: send JSON, with the header content-type: application/json` : message;
}
