/** The version of Plexus that every program, answer and package shows. */
export const PLEXUS_VERSION = '0.1.0';
