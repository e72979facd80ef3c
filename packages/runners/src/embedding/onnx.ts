/** Writes ONNX models, field numbers as in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
import { message, repeated } from './protobuf.ts';

const IR_VERSION = 8;
const OPSET_VERSION = 17;
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const;

type Attribute = number | { readonly float: number } | readonly number[];

export interface Graph {
  /** Adds a tensor of fixed numbers. */
  constant(name: string, shape: readonly number[], values: Float32Array | BigInt64Array): string;
  /** Adds an operation; its first output has the name that is given back, the others `name:1` and so on. */
  node(operator: string, inputs: readonly string[], attributes?: Readonly<Record<string, Attribute>>): string;
  /** Adds an operation with several outputs. */
  split(input: string, sizes: readonly number[], axis: number): readonly string[];
  /** The model, from one vector of whole numbers to one tensor of floats. */
  finish(input: string, output: string): Uint8Array;
}

export function createGraph(): Graph {
  const nodes: Uint8Array[] = [];
  const constants: Uint8Array[] = [];

  const constant: Graph['constant'] = (name, shape, values) => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const type = values instanceof Float32Array ? FLOAT : INT64;
    constants.push(message(...repeated(1, shape), [2, type], [8, name], [9, bytes]));
    return name;
  };

  function add(operator: string, [inputs, outputs]: readonly (readonly string[])[], attributes = {}): void {
    const fields = Object.entries<Attribute>(attributes).map(([name, value]) => attribute(name, value));
    nodes.push(
      message(...repeated(1, inputs ?? []), ...repeated(2, outputs ?? []), [4, operator], ...repeated(5, fields)),
    );
  }

  return {
    constant,
    node(operator, inputs, attributes) {
      const output = `${operator}_${nodes.length}`;
      add(operator, [inputs, [output]], attributes);
      return output;
    },
    split(input, sizes, axis) {
      const outputs = sizes.map((_size, i) => `Split_${nodes.length}_${i}`);
      const lengths = constant(`${outputs[0]}_sizes`, [sizes.length], BigInt64Array.from(sizes, BigInt));
      add('Split', [[input, lengths], outputs], { axis });
      return outputs;
    },
    finish(input, output) {
      const graph = message(
        ...repeated(1, nodes),
        [2, 'graph'],
        ...repeated(5, constants),
        [11, tensorInfo(input, INT64, [-1])],
        [12, tensorInfo(output, FLOAT, [-1, -1])],
      );
      return message([1, IR_VERSION], [7, graph], [8, message([1, ''], [2, OPSET_VERSION])]);
    },
  };
}

function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === 'number') return message([1, name], [3, value], [20, ATTRIBUTE.int]);
  if ('float' in value) return message([1, name], [2, value], [20, ATTRIBUTE.float]);
  return message([1, name], ...repeated(8, value), [20, ATTRIBUTE.ints]);
}

/** A negative size stands for any. */
function tensorInfo(name: string, type: number, shape: readonly number[]): Uint8Array {
  const dimensions = shape.map((size, i) => (size < 0 ? message([2, `${name}_${i}`]) : message([1, size])));
  const tensor = message([1, type], [2, message(...repeated(1, dimensions))]);
  return message([1, name], [2, message([1, tensor])]);
}
