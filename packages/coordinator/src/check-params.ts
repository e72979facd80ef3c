import { listServices } from '@plexus/protocol';
import { Compile } from 'typebox/compile';

/** Compiles every service's parameters once; answers the first thing that is wrong with some. */
export function createParamsCheck(): (
  service: string,
  params: unknown,
) => { field: string; message: string } | undefined {
  const validators = new Map(listServices().map(({ id, params }) => [id, Compile(params)]));
  return (service, params) => {
    const validator = validators.get(service);
    if (!validator || validator.Check(params)) return undefined;
    const [error] = validator.Errors(params);
    const field = `params${(error?.instancePath ?? '').replaceAll('/', '.')}`;
    return { field, message: `${field} ${error?.message ?? 'is not valid'}` };
  };
}
