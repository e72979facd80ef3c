/** How long an image server may take, and how much it may answer. */
export const LIST_MS = 10_000;
export const PAINT_MS = 5 * 60_000;
export const MAX_IMAGES_BYTES = 64 * 1024 * 1024;
