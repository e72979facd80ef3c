/**
 * A copy with some fields replaced or added. On tasks' path it stands in for `{ ...value, field }`, which takes V8 of
 * Node.js 20 and 22 twenty times as long (3 µs) wherever a field is added that `value` has not.
 */
export function changed<T extends object, C extends object>(value: T, change: C): Omit<T, keyof C> & C {
  return Object.assign({}, value, change);
}
