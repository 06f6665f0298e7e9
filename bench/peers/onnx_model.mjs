// What the comparison changes and counts in ONNX files.
import onnxProto from 'onnx-proto';

const {ModelProto} = onnxProto.onnx;

/// Initializers that reach input 1 or 2 (scale, zero point) of a quantiser, also through Identity.
function quantisationConstants(graph) {
  const sources = new Map();
  for (const node of graph.node)
    if (node.opType === 'Identity')
      sources.set(node.output[0], node.input[0]);
  const names = new Set();
  for (const node of graph.node)
    if (node.opType === 'QuantizeLinear' || node.opType === 'DequantizeLinear')
      for (let name of node.input.slice(1, 3)) {
        while (sources.has(name))
          name = sources.get(name);
        names.add(name);
      }
  return names;
}

/// The model with scales and zero points of one element as scalars. PyTorch writes them with shape
/// [1]; ONNX Runtime's QLinearAdd takes only scalars, and does not load such a file otherwise.
export function withScalarScales(bytes) {
  const model = ModelProto.decode(bytes);
  const names = quantisationConstants(model.graph);
  for (const tensor of model.graph.initializer)
    if (names.has(tensor.name) && tensor.dims.length === 1 && Number(tensor.dims[0]) === 1)
      tensor.dims = [];
  return ModelProto.encode(model).finish();
}

/// How many convolutions of a graph that ONNX Runtime has optimised are int8: "60/60".
export function int8Convolutions(bytes) {
  const types = ModelProto.decode(bytes).graph.node.map(node => node.opType);
  const int8 = types.filter(type => type === 'QLinearConv').length;
  const all = types.filter(type => /Conv$/.test(type)).length;
  return `${int8}/${all}`;
}
