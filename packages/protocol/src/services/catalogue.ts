import Type from 'typebox';
import { container } from './container.ts';
import { blender, ffmpeg, stableDiffusion, whisper } from './media-services.ts';
import { python } from './python.ts';
import type { ServiceDefinition } from './service.ts';
import { echo, embedding, llm, translate } from './text-services.ts';

/** Characters of content that one request unit covers. Source: contract/gemmanet.md, "Price". */
export const CHARACTERS_PER_REQUEST_UNIT = 1000;

const SERVICES: readonly ServiceDefinition[] = [
  echo,
  llm,
  embedding,
  translate,
  whisper,
  stableDiffusion,
  ffmpeg,
  blender,
  python,
  container,
];
const CATALOGUE: ReadonlyMap<string, ServiceDefinition> = new Map(SERVICES.map((service) => [service.id, service]));

/** Every service that Plexus itself defines. */
export function listServices(): readonly ServiceDefinition[] {
  return SERVICES;
}

/** A service that Plexus itself defines. */
export function findService(id: string): ServiceDefinition | undefined {
  return CATALOGUE.get(id);
}

/**
 * The definition of a service. A name that Plexus does not know is a service of the node that
 * advertises it (a GemmaNet node may name any capability) and is priced as echo is.
 */
export function serviceFor(id: string): ServiceDefinition {
  return (
    CATALOGUE.get(id) ?? {
      ...echo,
      id,
      name: id,
      description: `A service that nodes advertise as "${id}".`,
      params: Type.Object({}),
      capabilities: [],
      tags: [],
    }
  );
}
