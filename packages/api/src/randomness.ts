interface Randomness {
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
}

/** Of the likeliest none of the probability is the likeliest token alone, which engines know by the temperature only. */
export function randomnessOf({ temperature, top_p }: Randomness): Randomness {
  return top_p === 0 ? { temperature: 0 } : { temperature, top_p };
}
