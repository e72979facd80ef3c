/** Both pages are FastAPI's: a refusal is `{"detail": …}` in the same words. */
export { gemmanetErrors as cocoonErrors } from './gemmanet/errors.ts';
