import { type Egress, EgressError } from '@plexus/egress';

/** Says why a URL cannot be called, as far as it alone tells. */
export function createUrlCheck(egress: Pick<Egress, 'check'>): (url: string) => string | undefined {
  return (url) => {
    try {
      egress.check(url);
      return undefined;
    } catch (error) {
      if (error instanceof EgressError) return error.message;
      throw error;
    }
  };
}
