export { rawAddress } from './raw-address.ts';
