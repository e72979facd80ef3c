import Type, { type TSchema } from 'typebox';

/** Where a value has names that its schema does not, which is mostly a slip of the pen: `containers.0.alowed_ips`. */
export function unknownNames(schema: TSchema, value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const described = Type.IsArray(schema) ? schema.items : Type.IsObject(schema) && schema.properties[name];
    if (described) return unknownNames(described, member, `${path}${name}.`);
    return Type.IsObject(schema) ? [path + name] : [];
  });
}
