import { createGraph, type Graph } from './onnx.ts';
import type { Weights } from './weights.ts';

/** Source of all sizes: the model's own graph, which also cuts texts off here. */
export const WINDOW_TOKENS = 128;
export const DIMENSIONS = 512;
const EMBEDDING_SIZE = 256;
const VOCABULARY_SIZE = 8002;
const HIDDEN_SIZE = 1536;
const HEADS = 4;
const EPSILON = 1e-6;

const INPUT = 'tokens';
const LAYER_NORM = 'layer_prepostprocess/layer_norm/layer_norm';

/**
 * Universal Sentence Encoder lite for one text of at most `WINDOW_TOKENS` tokens: two transformer layers
 * that normalise before they compute, the mean over the tokens, one dense layer, unit length.
 *
 * @see Cer et al., Universal Sentence Encoder, arXiv 1803.11175, section 3.1
 */
export function encoderModel(weights: Weights): Uint8Array {
  const graph = createGraph();
  const build = { graph, weights };
  const first = { name: 'Layer_0', size: EMBEDDING_SIZE };
  const second = { name: 'Layer_1', size: DIMENSIONS };
  let x = embedded(build);
  // The first layer widens: what it passes by is widened likewise.
  const wide = dense(build, x, { name: '/Layer_0/TransformerLayer/dense', from: EMBEDDING_SIZE, to: DIMENSIONS });
  x = feedForward(build, graph.node('Add', [attention(build, x, first), wide]), first);
  x = feedForward(build, graph.node('Add', [attention(build, x, second), x]), second);
  const mean = graph.node('ReduceMean', [x], { axes: [0], keepdims: 1 });
  const tanh = graph.node('Tanh', [lastDense(build, mean)]);
  return graph.finish(INPUT, graph.node('LpNormalization', [tanh], { axis: -1, p: 2 }));
}

interface Build {
  readonly graph: Graph;
  readonly weights: Weights;
}

interface Layer {
  readonly name: string;
  /** Numbers per token that come in. */
  readonly size: number;
}

/** Each token's vector, twice as the model was trained, with its position added as waves. */
function embedded({ graph, weights }: Build): string {
  const table = graph.constant('embeddings', [VOCABULARY_SIZE, EMBEDDING_SIZE], weights.tensor('module/Embeddings_en'));
  const waves = graph.constant('waves', [WINDOW_TOKENS, EMBEDDING_SIZE], positionWaves(weights));
  const [zero, one] = [0n, 1n].map((value) => graph.constant(`int_${value}`, [], BigInt64Array.of(value)));
  const shape = graph.node('Shape', [INPUT]);
  const count = graph.node('Squeeze', [shape]);
  const positions = graph.node('Range', [zero ?? '', count, one ?? '']);
  const vectors = graph.node('Gather', [table, INPUT]);
  const placed = graph.node('Add', [vectors, graph.node('Gather', [waves, positions])]);
  return graph.node('Add', [vectors, placed]);
}

function positionWaves(weights: Weights): Float32Array {
  const frequencies = weights.tensor('TimingSignal/ExpandDims_1');
  const half = frequencies.length;
  return Float32Array.from({ length: WINDOW_TOKENS * EMBEDDING_SIZE }, (_none, i) => {
    const column = i % EMBEDDING_SIZE;
    const angle = Math.floor(i / EMBEDDING_SIZE) * (frequencies[column % half] ?? 0);
    return column < half ? Math.sin(angle) : Math.cos(angle);
  });
}

function attention(build: Build, x: string, { name, size }: Layer): string {
  const { graph } = build;
  const path = `/${name}/TransformerLayer/MultiheadAttention`;
  const normal = normalised(build, x, `/${name}/TransformerLayer/${LAYER_NORM}`, size);
  const qkv = dense(build, normal, { name: `${path}/qkv_transform_single`, from: size, to: 3 * size });
  const [queries = '', keys = '', values = ''] = graph.split(qkv, [size, size, size], 1);
  const scale = graph.constant(`${name}_scale`, [], Float32Array.of((size / HEADS) ** -0.5));
  const scaled = graph.node('Mul', [byHeads(build, queries, [1, 0, 2], size), scale]);
  const likeness = graph.node('MatMul', [scaled, byHeads(build, keys, [1, 2, 0], size)]);
  const shares = graph.node('Softmax', [likeness], { axis: -1 });
  const mixed = graph.node('MatMul', [shares, byHeads(build, values, [1, 0, 2], size)]);
  const joined = graph.node('Reshape', [
    graph.node('Transpose', [mixed], { perm: [1, 0, 2] }),
    shapeConstant(build, `${name}_joined`, [-1, size]),
  ]);
  return dense(build, joined, { name: `${path}/output_transform_single`, from: size, to: DIMENSIONS });
}

/** Cuts [tokens, size] into [tokens, heads, size of a head] and puts these in another order. */
function byHeads(build: Build, x: string, perm: readonly number[], size: number): string {
  const shape = shapeConstant(build, `${x}_heads`, [-1, HEADS, size / HEADS]);
  return build.graph.node('Transpose', [build.graph.node('Reshape', [x, shape])], { perm });
}

function feedForward(build: Build, x: string, { name }: Layer): string {
  const { graph } = build;
  const path = `/${name}/TransformerLayer/FFN`;
  const normal = normalised(build, x, `${path}/${LAYER_NORM}`, DIMENSIONS);
  const wide = product(build, normal, `${path}/conv1`, [DIMENSIONS, HIDDEN_SIZE]);
  const narrow = product(build, graph.node('Relu', [wide]), `${path}/conv2`, [HIDDEN_SIZE, DIMENSIONS]);
  return graph.node('Add', [narrow, x]);
}

function normalised({ graph, weights }: Build, x: string, path: string, size: number): string {
  const [scale = '', bias = ''] = ['scale', 'bias'].map((part) =>
    graph.constant(`${path}_${part}`, [size], weights.tensor(`${path}_${part}/ConcatPartitions/concat`)),
  );
  return graph.node('LayerNormalization', [x, scale, bias], { axis: -1, epsilon: { float: EPSILON } });
}

interface Dense {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

function dense(build: Build, x: string, { name, from, to }: Dense): string {
  const kernel = name.endsWith('_single') ? `${name}/kernel/part_0` : `${name}/kernel/ConcatPartitions/concat`;
  return affine(build, x, { kernel, bias: `${name}/bias/ConcatPartitions/concat`, shape: [from, to] });
}

function product(build: Build, x: string, name: string, shape: readonly [number, number]): string {
  const kernel = `${name.replace('/Layer', '/TransformerStack/Layer')}/Tensordot/Reshape_1`;
  return affine(build, x, { kernel, bias: `${name}/bias/ConcatPartitions/concat`, shape });
}

function lastDense(build: Build, x: string): string {
  const path = 'hidden_layers/tanh_layer_0';
  return affine(build, x, { kernel: `${path}/weights`, bias: `${path}/bias`, shape: [DIMENSIONS, DIMENSIONS] });
}

interface Affine {
  readonly kernel: string;
  readonly bias: string;
  readonly shape: readonly [number, number];
}

function affine({ graph, weights }: Build, x: string, { kernel, bias, shape }: Affine): string {
  const factors = graph.constant(kernel, shape, weights.tensor(kernel));
  return graph.node('Gemm', [x, factors, graph.constant(bias, [shape[1]], weights.tensor(bias))]);
}

function shapeConstant({ graph }: Build, name: string, shape: readonly number[]): string {
  return graph.constant(name, [shape.length], BigInt64Array.from(shape, BigInt));
}
