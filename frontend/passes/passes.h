#ifndef BSTC_FRONTEND_PASSES_PASSES_H
#define BSTC_FRONTEND_PASSES_PASSES_H

#include "ir/graph.h"

namespace bstc {

/// The passes that turn an imported graph into a quantised one. Each is one file of this folder
/// and one line of passPipeline(); each leaves a graph that verify() accepts and that computes the
/// same numbers, but for what its own comment says. Errors name the node.

/// For what-if predictions: every x * Sigmoid(x) becomes the Relu of a network trained with ReLU,
/// on the result of the convolution itself (the quantisation between the two goes). Runs on request
/// only, and first, since it changes what the network computes. An error where there is none.
llvm::Error reluForSilu(Graph &graph);

/// For what-if predictions: concatenations and what they read (through pools, resizes and moves)
/// get one scale, the widest of theirs, as a network has that is trained with shared quantisers for
/// them. Runs on request only; it changes what the network computes. Without a concatenation it
/// does nothing.
llvm::Error tieScales(Graph &graph);

/// Evaluates nodes whose operands are all constants, and drops Identity and Dropout. Needed because
/// exporters share parameters through Identity and quantise weights at run time (a float constant
/// into QuantizeLinear), maybe after other pairs. The DequantizeLinear of a constant stays: it says
/// that a weight is int8.
llvm::Error foldConstants(Graph &graph);

/// From here on the type of integers is the only owner of their quantisation: Quantize and
/// Dequantize lose the operands that say it. Needed because a DequantizeLinear may say something
/// else than the QuantizeLinear before it, and ONNX means what it says: it then reads a
/// Reinterpret of the integers, the same bytes with its own parameters in their type. Stored
/// integers get those of their reader.
llvm::Error settleQuantisation(Graph &graph);

/// Inputs of the network that are integers lie row by row in ONNX order, int8 maps do not: a
/// Reorder stands between the two, and does the work of a Transpose of the file behind it, which
/// mostly leaves nothing to do. A Cast of bytes to float becomes a Dequantize.
llvm::Error byteInputs(Graph &graph);

/// An operator that moves or compares integers (Reshape, Transpose, Concat, MaxPool, ... between
/// QuantizeLinear and DequantizeLinear) becomes Dequantize -> operator -> Quantize, which gives the
/// same integers. Needed because int8 maps are NHWC in memory, where a reshaped map has its bytes
/// in another order; the later passes know what to do with the float forms.
llvm::Error liftIntegers(Graph &graph);

/// The same for outputs that are integers (byteInputs()).
llvm::Error byteOutputs(Graph &graph);

/// Replaces the subgraph of a YOLOv5 Detect or Segment decode by one YoloDecode node. Recognised by
/// what it computes (which channels, sigmoid or not, the affine map of each cell), never by names.
/// Needed because the decode is a hundred small float operators on DSP, and hosts want its strides
/// and anchors.
llvm::Error recogniseDecode(Graph &graph);

/// Rewrites operators that are special cases of others: Split to Slice, Flatten / Squeeze /
/// Unsqueeze to Reshape, GlobalAveragePool and ReduceMean to AveragePool, Sum to Add, Upsample to
/// Resize; operands that import resolved into attributes go. Needed so that engines know fewer
/// forms.
llvm::Error canonicalise(Graph &graph);

/// A Pad in front of a convolution or a pool becomes the pads of its window. Needed because some
/// exporters write padding apart, and only DSP has an operator for it.
llvm::Error foldPads(Graph &graph);

/// Folds BatchNormalization, and what scales and shifts each channel by a constant around it, into
/// the convolution before: into float weights, or into the scales of int8 weights, whose integers
/// stay as they are. Needed for exports that keep BN inside the QAT module. A BatchNormalization
/// that cannot be folded becomes a 1x1 convolution of one channel per group, with weights of 1 or
/// -1 whose scales are its factors; where int32 has no room for the shift, a multiplication and an
/// addition.
llvm::Error foldBatchNorm(Graph &graph);

/// x * Sigmoid(x) becomes Silu(x): one table on EDP in place of two passes.
llvm::Error fuseSilu(Graph &graph);

/// Gives a float network the Q/DQ pairs that a QAT export of it would have, with placeholder scales
/// for activations. Needed to estimate how fast a network would be as int8 before it is trained so;
/// its numbers mean nothing. Runs on request only, and leaves quantised networks as they are.
llvm::Error assumeInt8(Graph &graph);

/// A Gemm, or MatMul and Add, of int8 rows and int8 constant weights becomes a convolution of one
/// window: over the whole map where a flattened one is read. Needed because only MACA multiplies
/// int8 matrices. Flattening moves behind what follows it element by element.
llvm::Error productsToConvolutions(Graph &graph);

/// Relu and Clip after a convolution or an element-wise operator become bounds of its result.
llvm::Error fuseActivations(Graph &graph);

/// Turns DequantizeLinear -> operator -> QuantizeLinear into one operator on int8 values, lets
/// quantised values pass through MaxPool and nearest Resize, and gives YoloDecode its int8 heads.
/// Needed because the int8 engines compute on integers, not on fake-quantised floats. What it
/// cannot turn stays float between its Dequantize and Quantize, and lands on DSP; pairs behind it
/// that change nothing go.
llvm::Error quantise(Graph &graph);

/// A Picture that is quantised becomes one operator, a table for each channel, which is held
/// against the two on all values. Needed because a float in between costs DSP more than the whole
/// network. An error is a mistake of ours.
llvm::Error fusePictures(Graph &graph);

/// A convolution that reads the quantised image with a stride, and whose window and pads are whole
/// multiples of it, reads an image that has each block of stride x stride positions as channels of
/// one, without a stride: the products are the same ones. Needed because an image has 3 channels
/// where the array takes 16 or more at a time, and strides cost it twice. DSP writes the image so
/// when it quantises it (quantizeBlock()); left out where a host does DSP's work.
llvm::Error spaceToDepth(Graph &graph);

/// The same for 8-bit pictures, which EDP writes so.
llvm::Error picturesInBlocks(Graph &graph);

/// Where the tables of a Picture give every value back, or all with another first bit, the pixels
/// themselves are what the network reads, with the zero point moved by 128.
llvm::Error takePixels(Graph &graph);

/// An int8 MaxPool with a large window becomes two, along columns and along rows: the same maxima
/// from 5 + 5 in place of 25 values. Needed because EDP takes one value of a window after the
/// other.
llvm::Error splitPools(Graph &graph);

/// Nms(YoloDecode(int8 heads)) becomes one Detect, where nothing else reads what is decoded. Needed
/// because of thousands of boxes a handful is above the threshold, which the heads' integers tell:
/// the others need not be decoded, and the decoded rows need not go through memory.
llvm::Error fuseDetect(Graph &graph);

/// Orders the output channels of the convolutions that make the heads of a Detect so that all
/// anchors' objectness comes first (DetectAttrs::objectnessFirst). Needed because of nearly every
/// box only that is read: memory gives it in bursts, one for all anchors of a pixel in place of one
/// for each. The heads keep their names; their numbers are the file's in another order.
llvm::Error objectnessFirst(Graph &graph);

/// Evaluates the DequantizeLinear nodes of constants that quantise() left over: weights of
/// operators that run in float.
llvm::Error foldDequantisedWeights(Graph &graph);

/// What a compilation asks of the passes; a pass that it can leave out names its member.
struct PassOptions {
  bool reluForSilu = false;
  bool recogniseDecode = true;
  bool assumeInt8 = false;
  bool tieScales = false;
  /// The device's own DSP quantises images, and may write them in blocks of positions.
  bool spaceToDepth = true;
  /// The device has an EDP, and with it tables.
  bool fusePictures = true;
};

/// A pass, the name to print its graph by, and what it depends on.
struct Pass {
  const char *name;
  llvm::Error (*run)(Graph &graph);
  bool PassOptions::*condition = nullptr; ///< Null: it always runs.
  bool runs(const PassOptions &options) const { return !condition || options.*condition; }
};

/// All passes in the order in which they run.
llvm::ArrayRef<Pass> passPipeline();

} // namespace bstc

#endif // BSTC_FRONTEND_PASSES_PASSES_H
