/// A float32 tensor from the bytes of a .npy file in C order, little-endian.
export function parseNpy(bytes) {
  const isV1 = bytes[6] === 1;
  const start = isV1 ? 10 : 12;
  const length = isV1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  const header = bytes.toString('latin1', start, start + length);
  if (bytes.toString('latin1', 1, 6) !== 'NUMPY' || !/'descr': *'<f4'/.test(header) ||
      !/'fortran_order': *False/.test(header))
    throw new Error('not a .npy file of float32 in C order');
  const shape = header.match(/'shape': *\(([^)]*)\)/)[1].split(',').filter(d => d.trim());
  // A copy, since an array of floats must start at a multiple of 4.
  const data = new Float32Array(new Uint8Array(bytes.subarray(start + length)).buffer);
  return {dims: shape.map(Number), data};
}
