/** The version of Plexus that every program and answer shows. */
export const PLEXUS_VERSION = '0.1.0';
