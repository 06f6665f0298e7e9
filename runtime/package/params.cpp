#include "runtime/package/params.h"

namespace bst {

static_assert(sizeof(Requant) == sizeof(fb::Requant));
#define BST_ACTIVATION(kind, ...)                                                                  \
  static_assert(uint8_t(fb::UnaryFn::kind) == uint8_t(UnaryFn::kind),                              \
                "package.fbs lists " #kind " at another place than activations.def");
#include "runtime/program/activations.def"
static_assert(uint8_t(fb::UnaryFn::MAX) == uint8_t(lastUnaryFn),
              "package.fbs has functions that activations.def has not");

flatbuffers::Offset<flatbuffers::Vector<const fb::Requant *>>
PackageBuilder::vector(const std::vector<Requant> &v) {
  return fbb.CreateVectorOfStructs<fb::Requant>(
      limited(v.size(), maxCount), [&v](size_t i, fb::Requant *out) {
        *out = fb::Requant(v[i].multiplier, v[i].shift, v[i].offset);
      });
}

void PackageCopier::copy(const flatbuffers::Vector<const fb::Requant *> &from,
                         std::vector<Requant> &to) {
  if (!take(from.size(), sizeof(fb::Requant), maxCount))
    return;
  to = std::vector<Requant>(from.size());
  for (Requant *out = to.data(); const fb::Requant *requant : from)
    *out++ = {requant->multiplier(), requant->shift(), requant->offset()};
}

static fb::Window pack(const Window &w) {
  return fb::Window(w.kernelH, w.kernelW, w.strideH, w.strideW, w.padTop, w.padLeft, w.padBottom,
                    w.padRight, w.dilationH, w.dilationW);
}
static Window unpack(const fb::Window &w) {
  return {w.kernel_h(), w.kernel_w(),   w.stride_h(),  w.stride_w(),   w.pad_top(),
          w.pad_left(), w.pad_bottom(), w.pad_right(), w.dilation_h(), w.dilation_w()};
}

// pack() and unpack() of one type stand together. Vectors and strings are built into variables
// first: the order in which a compiler evaluates arguments must not show in the file.

static auto pack(PackageBuilder &b, const ConvParams &p) {
  const fb::Window window = pack(p.window);
  auto bias = b.vector(p.bias);
  auto weightZeroPoint = b.vector(p.weightZeroPoint);
  auto requant = b.vector(p.requant);
  return fb::CreateConvParams(b.fbb, &window, p.groups, bias, weightZeroPoint, requant, p.clampLo,
                              p.clampHi);
}
static void unpack(const fb::ConvParams &p, PackageCopier &copier, ConvParams &out) {
  out.window = unpack(*p.window());
  out.groups = p.groups();
  copier.copy(*p.bias(), out.bias);
  copier.copy(*p.weight_zero_point(), out.weightZeroPoint);
  copier.copy(*p.requant(), out.requant);
  out.clampLo = p.clamp_lo();
  out.clampHi = p.clamp_hi();
}

static auto pack(PackageBuilder &b, const LutParams &p) {
  auto function = b.string(p.function);
  auto table = b.vector(p.table);
  return fb::CreateLutParams(b.fbb, function, table);
}
static void unpack(const fb::LutParams &p, PackageCopier &copier, LutParams &out) {
  copier.copy(*p.function(), out.function);
  copier.copy(*p.table(), out.table);
}

static auto pack(PackageBuilder &b, const AddParams &p) {
  return fb::CreateAddParams(b.fbb, p.multiplierA, p.multiplierB, p.shift, p.clampLo, p.clampHi);
}
static void unpack(const fb::AddParams &p, PackageCopier &, AddParams &out) {
  out = {p.multiplier_a(), p.multiplier_b(), p.shift(), p.clamp_lo(), p.clamp_hi()};
}

static auto pack(PackageBuilder &b, const MulParams &p) {
  const fb::Requant requant(p.requant.multiplier, p.requant.shift, p.requant.offset);
  return fb::CreateMulParams(b.fbb, &requant, p.clampLo, p.clampHi);
}
static void unpack(const fb::MulParams &p, PackageCopier &, MulParams &out) {
  out = {{p.requant()->multiplier(), p.requant()->shift(), p.requant()->offset()},
         p.clamp_lo(),
         p.clamp_hi()};
}

static auto pack(PackageBuilder &b, const ConcatParams &p) {
  auto copy = b.vector(p.copy);
  auto requant = b.vector(p.requant);
  return fb::CreateConcatParams(b.fbb, p.axis, copy, requant);
}
static void unpack(const fb::ConcatParams &p, PackageCopier &copier, ConcatParams &out) {
  out.axis = p.axis();
  copier.copy(*p.copy(), out.copy);
  copier.copy(*p.requant(), out.requant);
}

static auto pack(PackageBuilder &b, const MaxPoolParams &p) {
  const fb::Window window = pack(p.window);
  return fb::CreateMaxPoolParams(b.fbb, &window);
}
static void unpack(const fb::MaxPoolParams &p, PackageCopier &, MaxPoolParams &out) {
  out = {unpack(*p.window())};
}

static auto pack(PackageBuilder &b, const ResizeParams &p) {
  auto rows = b.vector(p.rows);
  auto columns = b.vector(p.columns);
  return fb::CreateResizeParams(b.fbb, rows, columns);
}
static void unpack(const fb::ResizeParams &p, PackageCopier &copier, ResizeParams &out) {
  copier.copy(*p.rows(), out.rows);
  copier.copy(*p.columns(), out.columns);
}

static auto pack(PackageBuilder &b, const QuantizeParams &p) {
  return fb::CreateQuantizeParams(b.fbb, p.block);
}
static void unpack(const fb::QuantizeParams &p, PackageCopier &, QuantizeParams &out) {
  out = {p.block()};
}

static auto pack(PackageBuilder &b, const DequantizeParams &) {
  return fb::CreateDequantizeParams(b.fbb);
}
static void unpack(const fb::DequantizeParams &, PackageCopier &, DequantizeParams &) {}

static auto pack(PackageBuilder &b, const FloatConvParams &p) {
  const fb::Window window = pack(p.window);
  return fb::CreateFloatConvParams(b.fbb, &window, p.groups, p.clampLo, p.clampHi);
}
static void unpack(const fb::FloatConvParams &p, PackageCopier &, FloatConvParams &out) {
  out = {unpack(*p.window()), p.groups(), p.clamp_lo(), p.clamp_hi()};
}

static auto pack(PackageBuilder &b, const FloatUnaryParams &p) {
  return fb::CreateFloatUnaryParams(b.fbb, fb::UnaryFn(p.fn), p.alpha, p.beta);
}
static void unpack(const fb::FloatUnaryParams &p, PackageCopier &, FloatUnaryParams &out) {
  out = {UnaryFn(p.fn()), p.alpha(), p.beta()};
}

static auto pack(PackageBuilder &b, const FloatBinaryParams &p) {
  return fb::CreateFloatBinaryParams(b.fbb, fb::BinaryFn(p.fn));
}
static void unpack(const fb::FloatBinaryParams &p, PackageCopier &, FloatBinaryParams &out) {
  out = {BinaryFn(p.fn())};
}

static auto pack(PackageBuilder &b, const TransposeParams &p) {
  auto perm = b.vector(p.perm);
  return fb::CreateTransposeParams(b.fbb, perm);
}
static void unpack(const fb::TransposeParams &p, PackageCopier &copier, TransposeParams &out) {
  copier.copy(*p.perm(), out.perm);
}

static auto pack(PackageBuilder &b, const SliceParams &p) {
  auto start = b.vector(p.start);
  auto step = b.vector(p.step);
  return fb::CreateSliceParams(b.fbb, start, step);
}
static void unpack(const fb::SliceParams &p, PackageCopier &copier, SliceParams &out) {
  copier.copy(*p.start(), out.start);
  copier.copy(*p.step(), out.step);
}

static auto pack(PackageBuilder &b, const FloatConcatParams &p) {
  return fb::CreateFloatConcatParams(b.fbb, p.axis);
}
static void unpack(const fb::FloatConcatParams &p, PackageCopier &, FloatConcatParams &out) {
  out = {p.axis()};
}

static auto pack(PackageBuilder &b, const FloatPoolParams &p) {
  const fb::Window window = pack(p.window);
  return fb::CreateFloatPoolParams(b.fbb, fb::PoolFn(p.fn), &window, p.countPadding);
}
static void unpack(const fb::FloatPoolParams &p, PackageCopier &, FloatPoolParams &out) {
  out = {PoolFn(p.fn()), unpack(*p.window()), p.count_padding()};
}

static auto pack(PackageBuilder &b, const FloatResizeParams &p) {
  auto rows = b.vector(p.rows);
  auto columns = b.vector(p.columns);
  return fb::CreateFloatResizeParams(b.fbb, rows, columns);
}
static void unpack(const fb::FloatResizeParams &p, PackageCopier &copier, FloatResizeParams &out) {
  copier.copy(*p.rows(), out.rows);
  copier.copy(*p.columns(), out.columns);
}

static auto pack(PackageBuilder &b, const SoftmaxParams &p) {
  return fb::CreateSoftmaxParams(b.fbb, p.axis);
}
static void unpack(const fb::SoftmaxParams &p, PackageCopier &, SoftmaxParams &out) {
  out = {p.axis()};
}

static auto pack(PackageBuilder &b, const MatMulParams &p) {
  return fb::CreateMatMulParams(b.fbb, p.transposeA, p.transposeB, p.alpha, p.beta);
}
static void unpack(const fb::MatMulParams &p, PackageCopier &, MatMulParams &out) {
  out = {p.transpose_a(), p.transpose_b(), p.alpha(), p.beta()};
}

static auto pack(PackageBuilder &b, const YoloDecodeParams &p) {
  auto strides = b.vector(p.strides);
  auto anchors = b.vector(p.anchors);
  return fb::CreateYoloDecodeParams(b.fbb, p.anchorsPerLevel, p.classes, p.masks, strides, anchors);
}
static void unpack(const fb::YoloDecodeParams &p, PackageCopier &copier, YoloDecodeParams &out) {
  out.anchorsPerLevel = p.anchors_per_level();
  out.classes = p.classes();
  out.masks = p.masks();
  copier.copy(*p.strides(), out.strides);
  copier.copy(*p.anchors(), out.anchors);
}

static auto pack(PackageBuilder &b, const AveragePoolParams &p) {
  const fb::Window window = pack(p.window);
  auto counts = b.vector(p.counts);
  auto requant = b.vector(p.requant);
  return fb::CreateAveragePoolParams(b.fbb, &window, p.countPadding, counts, requant);
}
static void unpack(const fb::AveragePoolParams &p, PackageCopier &copier, AveragePoolParams &out) {
  out.window = unpack(*p.window());
  out.countPadding = p.count_padding();
  copier.copy(*p.counts(), out.counts);
  copier.copy(*p.requant(), out.requant);
}

static auto pack(PackageBuilder &b, const FloatPadParams &p) {
  auto begin = b.vector(p.begin);
  return fb::CreateFloatPadParams(b.fbb, fb::PadMode(p.mode), begin, p.value);
}
static void unpack(const fb::FloatPadParams &p, PackageCopier &copier, FloatPadParams &out) {
  out.mode = PadMode(p.mode());
  copier.copy(*p.begin(), out.begin);
  out.value = p.value();
}

static auto pack(PackageBuilder &b, const LrnParams &p) {
  return fb::CreateLrnParams(b.fbb, p.size, p.alpha, p.beta, p.bias);
}
static void unpack(const fb::LrnParams &p, PackageCopier &, LrnParams &out) {
  out = {p.size(), p.alpha(), p.beta(), p.bias()};
}

flatbuffers::Offset<fb::NmsOptions> packNmsOptions(PackageBuilder &b, const NmsOptions &o) {
  return fb::CreateNmsOptions(b.fbb, o.confidence, o.iou, o.maxDetections, o.multiLabel,
                              o.classAgnostic, o.maxCandidates);
}
NmsOptions unpackNmsOptions(const fb::NmsOptions &o) {
  return {.confidence = o.confidence(),
          .iou = o.iou(),
          .maxDetections = o.max_detections(),
          .multiLabel = o.multi_label(),
          .classAgnostic = o.class_agnostic(),
          .maxCandidates = o.max_candidates()};
}

static auto pack(PackageBuilder &b, const NmsParams &p) {
  return fb::CreateNmsParams(b.fbb, p.classes, p.masks, packNmsOptions(b, p.options));
}
static void unpack(const fb::NmsParams &p, PackageCopier &, NmsParams &out) {
  out = {p.classes(), p.masks(), unpackNmsOptions(*p.options())};
}

static auto pack(PackageBuilder &b, const PictureParams &p) {
  auto tables = b.vector(p.tables);
  return fb::CreatePictureParams(b.fbb, tables, p.block, p.reversed);
}
static void unpack(const fb::PictureParams &p, PackageCopier &copier, PictureParams &out) {
  copier.copy(*p.tables(), out.tables);
  out.block = p.block();
  out.reversed = p.reversed();
}

static auto pack(PackageBuilder &b, const FloatPictureParams &p) {
  auto table = b.vector(p.table);
  return fb::CreateFloatPictureParams(b.fbb, table, p.reversed);
}
static void unpack(const fb::FloatPictureParams &p, PackageCopier &copier,
                   FloatPictureParams &out) {
  copier.copy(*p.table(), out.table);
  out.reversed = p.reversed();
}

static auto pack(PackageBuilder &b, const Nv12Params &p) {
  return fb::CreateNv12Params(b.fbb, p.fullRange);
}
static void unpack(const fb::Nv12Params &p, PackageCopier &, Nv12Params &out) {
  out = {p.full_range()};
}

static auto pack(PackageBuilder &b, const DetectParams &p) {
  auto decode = pack(b, p.decode);
  auto options = packNmsOptions(b, p.options);
  return fb::CreateDetectParams(b.fbb, decode, options, b.vector(p.thresholds), p.objectnessFirst);
}
static void unpack(const fb::DetectParams &p, PackageCopier &copier, DetectParams &out) {
  unpack(*p.decode(), copier, out.decode);
  out.options = unpackNmsOptions(*p.options());
  copier.copy(*p.thresholds(), out.thresholds);
  out.objectnessFirst = p.objectness_first();
}

template <class Table> static PackedParams typed(flatbuffers::Offset<Table> table) {
  return {fb::ParamsTraits<Table>::enum_value, table.Union()};
}

PackedParams packParams(PackageBuilder &builder, const Params &params) {
  return std::visit([&builder](const auto &p) { return typed(pack(builder, p)); }, params);
}

template <class P, class Table>
static bool unpackAs(const void *table, PackageCopier &copier, Params &params) {
  unpack(*static_cast<const Table *>(table), copier, params.emplace<P>());
  return true;
}

bool unpackParams(fb::Params type, const void *table, PackageCopier &copier, Params &params) {
  static_assert(size_t(fb::Params::MAX) == std::variant_size_v<Params>);
  switch (type) {
  case fb::Params::ConvParams:
    return unpackAs<ConvParams, fb::ConvParams>(table, copier, params);
  case fb::Params::LutParams:
    return unpackAs<LutParams, fb::LutParams>(table, copier, params);
  case fb::Params::AddParams:
    return unpackAs<AddParams, fb::AddParams>(table, copier, params);
  case fb::Params::MulParams:
    return unpackAs<MulParams, fb::MulParams>(table, copier, params);
  case fb::Params::ConcatParams:
    return unpackAs<ConcatParams, fb::ConcatParams>(table, copier, params);
  case fb::Params::MaxPoolParams:
    return unpackAs<MaxPoolParams, fb::MaxPoolParams>(table, copier, params);
  case fb::Params::ResizeParams:
    return unpackAs<ResizeParams, fb::ResizeParams>(table, copier, params);
  case fb::Params::QuantizeParams:
    return unpackAs<QuantizeParams, fb::QuantizeParams>(table, copier, params);
  case fb::Params::DequantizeParams:
    return unpackAs<DequantizeParams, fb::DequantizeParams>(table, copier, params);
  case fb::Params::FloatConvParams:
    return unpackAs<FloatConvParams, fb::FloatConvParams>(table, copier, params);
  case fb::Params::FloatUnaryParams:
    return unpackAs<FloatUnaryParams, fb::FloatUnaryParams>(table, copier, params);
  case fb::Params::FloatBinaryParams:
    return unpackAs<FloatBinaryParams, fb::FloatBinaryParams>(table, copier, params);
  case fb::Params::TransposeParams:
    return unpackAs<TransposeParams, fb::TransposeParams>(table, copier, params);
  case fb::Params::SliceParams:
    return unpackAs<SliceParams, fb::SliceParams>(table, copier, params);
  case fb::Params::FloatConcatParams:
    return unpackAs<FloatConcatParams, fb::FloatConcatParams>(table, copier, params);
  case fb::Params::FloatPoolParams:
    return unpackAs<FloatPoolParams, fb::FloatPoolParams>(table, copier, params);
  case fb::Params::FloatResizeParams:
    return unpackAs<FloatResizeParams, fb::FloatResizeParams>(table, copier, params);
  case fb::Params::SoftmaxParams:
    return unpackAs<SoftmaxParams, fb::SoftmaxParams>(table, copier, params);
  case fb::Params::MatMulParams:
    return unpackAs<MatMulParams, fb::MatMulParams>(table, copier, params);
  case fb::Params::YoloDecodeParams:
    return unpackAs<YoloDecodeParams, fb::YoloDecodeParams>(table, copier, params);
  case fb::Params::AveragePoolParams:
    return unpackAs<AveragePoolParams, fb::AveragePoolParams>(table, copier, params);
  case fb::Params::FloatPadParams:
    return unpackAs<FloatPadParams, fb::FloatPadParams>(table, copier, params);
  case fb::Params::LrnParams:
    return unpackAs<LrnParams, fb::LrnParams>(table, copier, params);
  case fb::Params::NmsParams:
    return unpackAs<NmsParams, fb::NmsParams>(table, copier, params);
  case fb::Params::PictureParams:
    return unpackAs<PictureParams, fb::PictureParams>(table, copier, params);
  case fb::Params::FloatPictureParams:
    return unpackAs<FloatPictureParams, fb::FloatPictureParams>(table, copier, params);
  case fb::Params::Nv12Params:
    return unpackAs<Nv12Params, fb::Nv12Params>(table, copier, params);
  case fb::Params::DetectParams:
    return unpackAs<DetectParams, fb::DetectParams>(table, copier, params);
  case fb::Params::NONE:
    break;
  }
  return false;
}

} // namespace bst
