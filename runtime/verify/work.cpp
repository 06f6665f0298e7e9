// How much a run computes: an upper bound for what a file may ask of its host.
#include "runtime/program/tile_parts.h"
#include "runtime/verify/checks.h"

#include <algorithm>

namespace bst {

namespace {

/// Sums and products that stop at the greatest number.
uint64_t plus(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }
uint64_t times(uint64_t a, uint64_t b) { return b && a > UINT64_MAX / b ? UINT64_MAX : a * b; }

uint64_t positions(const Window &w) { return times(uint64_t(w.kernelH), uint64_t(w.kernelW)); }

template <class P> const Window *windowIn(const Params &params) {
  if constexpr (requires(const P &p) { p.window; })
    if (const auto *found = std::get_if<P>(&params))
      return &found->window;
  return nullptr;
}

/// Of whatever has one; std::visit would cost a function and a pointer for each that has none.
template <class... Ps> const Window *windowOf(const std::variant<Ps...> &params) {
  const Window *window = nullptr;
  ((window = window ? window : windowIn<Ps>(params)), ...);
  return window;
}

/// Elements of the tensors; constants are read again where there is more than one tile.
uint64_t elementsOf(const Program &program, const std::vector<uint32_t> &tensors) {
  uint64_t sum = 0;
  for (uint32_t tensor : tensors)
    sum = plus(sum, elementCount(program.tensors[tensor]));
  return sum;
}

/// Operations per element of the output, beside writing it.
uint64_t workPerElement(const Program &program, const Command &command) {
  const auto shapeOf = [&](size_t input) -> const std::vector<int32_t> & {
    return program.tensors[command.inputs[input]].shape;
  };
  if (std::holds_alternative<ConvParams>(command.params) ||
      std::holds_alternative<FloatConvParams>(command.params))
    return times(positions(*windowOf(command.params)), uint64_t(shapeOf(1)[1]));
  if (const Window *window = windowOf(command.params))
    return positions(*window);
  if (const auto *product = std::get_if<MatMulParams>(&command.params))
    return uint64_t(shapeOf(0)[shapeOf(0).size() - (product->transposeA ? 2 : 1)]);
  if (const auto *lrn = std::get_if<LrnParams>(&command.params))
    return uint64_t(lrn->size);
  if (const auto *nms = std::get_if<NmsParams>(&command.params)) // Candidates against what is kept.
    return std::min(uint64_t(nms->options.maxCandidates),
                    times(uint64_t(shapeOf(0)[1]), uint64_t(nms->classes)));
  if (const auto *detect = std::get_if<DetectParams>(&command.params))
    return std::min(uint64_t(detect->options.maxCandidates), elementsOf(program, command.inputs));
  return 0;
}

/// Bytes of the padded input that a window reads for one row of the output, of one map.
uint64_t bandBytes(const Program &program, const Command &command) {
  const Window *window = windowOf(command.params);
  if (!window)
    return 0;
  const Tensor &x = program.tensors[command.inputs[0]]; // Rank 4: it is verified.
  const uint64_t columns =
      uint64_t(x.shape[3]) + uint64_t(window->padLeft) + uint64_t(window->padRight);
  const uint64_t rows = uint64_t(window->kernelH - 1) * uint64_t(window->dilationH) + 1;
  return times(times(rows, columns), times(uint64_t(x.shape[1]), elementSize(x.dtype)));
}

uint64_t workOf(const Program &program, const Command &command) {
  const Tensor &y = program.tensors[command.outputs[0]];
  uint64_t work = plus(elementsOf(program, command.inputs),
                       times(elementCount(y), plus(workPerElement(program, command), 1)));
  if (windowOf(command.params)) // Its bands may be copied, for every row of every map.
    work = plus(work, times(bandBytes(program, command),
                            times(uint64_t(y.shape[0]), uint64_t(y.shape[2]))));
  return work;
}

} // namespace

Status WorkMeter::add(const Program &program, uint32_t index) {
  const Command &command = program.commands[index];
  const CommandLabel label(program, index, true);
  if (const uint64_t band = bandBytes(program, command); band > limits.arenaBytes)
    return failed(StatusCode::Unsupported,
                  "{}: its window reads {} bytes for a row, at most {} are allowed", label, band,
                  limits.arenaBytes);
  work = plus(work, workOf(program, command));
  if (work > limits.work)
    return failed(StatusCode::Unsupported,
                  "{}: up to here a run takes {} operations, at most {} are allowed", label, work,
                  limits.work);
  return Status();
}

Status WorkMeter::addTile(const Program &program, uint32_t index) {
  const TileOp &op = program.tiles.ops[index];
  work = plus(work, op.output.size);
  for (const Slice &input : op.inputs)
    work = plus(work, input.size);
  if (op.queue < Queue::LoadData)
    for (uint32_t command : op.commands) // An element takes a byte or more.
      work = plus(work, times(op.output.size, workPerElement(program, program.commands[command])));
  if (work > limits.work)
    return failed(StatusCode::Unsupported,
                  "tiles: {}: up to here a run takes {} operations, at most {} are allowed",
                  OpLabel(program, index), work, limits.work);
  return Status();
}

} // namespace bst
