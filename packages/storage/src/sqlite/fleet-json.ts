/** What JSON has no word for, as the only member of an object. */
const DATE = '$date';
const BIGINT = '$bigint';

/** A value of the fleet as JSON, with its times and amounts. */
export function fleetJson(value: object): string {
  return JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, name, given: unknown) {
    // JSON.stringify has turned a Date into text by now; what it was stands in the holder.
    const held = this[name];
    if (held instanceof Date) return { [DATE]: held.getTime() };
    return typeof given === 'bigint' ? { [BIGINT]: String(given) } : given;
  });
}

/** The value that this program wrote. */
export function readFleetJson<T>(text: string): T {
  return JSON.parse(text, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if (DATE in value) return new Date(Number(value[DATE]));
    return BIGINT in value ? BigInt(String(value[BIGINT])) : value;
  }) as T;
}
