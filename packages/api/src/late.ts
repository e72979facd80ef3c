/** What is made when it is first asked for: most schemas of a server are not, in most of its lives. */
export function late<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
