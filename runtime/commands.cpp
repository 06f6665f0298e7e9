#include "runtime/commands.h"

#include <array>

namespace bst {

// By the order of Params.
static constexpr std::array<const char *, std::variant_size_v<Params>> opcodeNames = {
    "conv",        "lut",          "add",       "mul",        "concat",
    "max_pool",    "resize",       "quantize",  "dequantize", "float_conv",
    "float_unary", "float_binary", "transpose", "slice",      "float_concat",
    "float_pool",  "float_resize", "softmax",   "matmul",     "yolo_decode",
};

const char *opcodeName(const Params &params) { return opcodeNames[params.index()]; }

} // namespace bst
