// Records what ONNX Runtime computes for a zoo model: node record.js MODEL.onnx PREFIX
// Writes PREFIX.<output>.npy (float32) for every output. Needs the package onnxruntime-node.
'use strict';
const fs = require('fs');
const ort = require('onnxruntime-node');

function npy(dims, data) {
  let header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims.join(', ')}), }`;
  const unpadded = 10 + header.length + 1;
  header += ' '.repeat((64 - unpadded % 64) % 64) + '\n';
  const start = Buffer.alloc(10);
  start.write('\x93NUMPY\x01\x00', 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header, 'latin1'),
                        Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

async function main() {
  const [model, prefix] = process.argv.slice(2);
  const session = await ort.InferenceSession.create(
      model, {graphOptimizationLevel: 'disabled', intraOpNumThreads: 1});
  const dims = session.inputMetadata[0].shape;
  const pixels = new Float32Array(dims.reduce((a, b) => a * b, 1));
  for (let i = 0; i < pixels.length; ++i) pixels[i] = ((i * 7919 + 13) % 256) / 255;
  const results = await session.run({images: new ort.Tensor('float32', pixels, dims)});
  for (const [name, tensor] of Object.entries(results))
    fs.writeFileSync(`${prefix}.${name}.npy`, npy(tensor.dims, tensor.data));
}

main();
