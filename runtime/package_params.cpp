#include "runtime/package_params.h"

namespace bst {

static_assert(sizeof(Requant) == sizeof(fb::Requant));

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
  to.reserve(from.size());
  for (const fb::Requant *requant : from)
    to.push_back({requant->multiplier(), requant->shift(), requant->offset()});
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
static Params unpack(const fb::ConvParams &p, PackageCopier &copier) {
  ConvParams out;
  out.window = unpack(*p.window());
  out.groups = p.groups();
  copier.copy(*p.bias(), out.bias);
  copier.copy(*p.weight_zero_point(), out.weightZeroPoint);
  copier.copy(*p.requant(), out.requant);
  out.clampLo = p.clamp_lo();
  out.clampHi = p.clamp_hi();
  return out;
}

static auto pack(PackageBuilder &b, const LutParams &p) {
  auto function = b.string(p.function);
  auto table = b.vector(p.table);
  return fb::CreateLutParams(b.fbb, function, table);
}
static Params unpack(const fb::LutParams &p, PackageCopier &copier) {
  LutParams out;
  copier.copy(*p.function(), out.function);
  copier.copy(*p.table(), out.table);
  return out;
}

static auto pack(PackageBuilder &b, const AddParams &p) {
  return fb::CreateAddParams(b.fbb, p.multiplierA, p.multiplierB, p.shift, p.clampLo, p.clampHi);
}
static Params unpack(const fb::AddParams &p, PackageCopier &) {
  return AddParams{p.multiplier_a(), p.multiplier_b(), p.shift(), p.clamp_lo(), p.clamp_hi()};
}

static auto pack(PackageBuilder &b, const MulParams &p) {
  const fb::Requant requant(p.requant.multiplier, p.requant.shift, p.requant.offset);
  return fb::CreateMulParams(b.fbb, &requant, p.clampLo, p.clampHi);
}
static Params unpack(const fb::MulParams &p, PackageCopier &) {
  return MulParams{{p.requant()->multiplier(), p.requant()->shift(), p.requant()->offset()},
                   p.clamp_lo(),
                   p.clamp_hi()};
}

static auto pack(PackageBuilder &b, const ConcatParams &p) {
  auto copy = b.vector(p.copy);
  auto requant = b.vector(p.requant);
  return fb::CreateConcatParams(b.fbb, p.axis, copy, requant);
}
static Params unpack(const fb::ConcatParams &p, PackageCopier &copier) {
  ConcatParams out;
  out.axis = p.axis();
  copier.copy(*p.copy(), out.copy);
  copier.copy(*p.requant(), out.requant);
  return out;
}

static auto pack(PackageBuilder &b, const MaxPoolParams &p) {
  const fb::Window window = pack(p.window);
  return fb::CreateMaxPoolParams(b.fbb, &window);
}
static Params unpack(const fb::MaxPoolParams &p, PackageCopier &) {
  return MaxPoolParams{unpack(*p.window())};
}

static auto pack(PackageBuilder &b, const ResizeParams &p) {
  auto rows = b.vector(p.rows);
  auto columns = b.vector(p.columns);
  return fb::CreateResizeParams(b.fbb, rows, columns);
}
static Params unpack(const fb::ResizeParams &p, PackageCopier &copier) {
  ResizeParams out;
  copier.copy(*p.rows(), out.rows);
  copier.copy(*p.columns(), out.columns);
  return out;
}

static auto pack(PackageBuilder &b, const QuantizeParams &) {
  return fb::CreateQuantizeParams(b.fbb);
}
static Params unpack(const fb::QuantizeParams &, PackageCopier &) { return QuantizeParams{}; }

static auto pack(PackageBuilder &b, const DequantizeParams &) {
  return fb::CreateDequantizeParams(b.fbb);
}
static Params unpack(const fb::DequantizeParams &, PackageCopier &) { return DequantizeParams{}; }

static auto pack(PackageBuilder &b, const FloatConvParams &p) {
  const fb::Window window = pack(p.window);
  return fb::CreateFloatConvParams(b.fbb, &window, p.groups, p.clampLo, p.clampHi);
}
static Params unpack(const fb::FloatConvParams &p, PackageCopier &) {
  return FloatConvParams{unpack(*p.window()), p.groups(), p.clamp_lo(), p.clamp_hi()};
}

static auto pack(PackageBuilder &b, const FloatUnaryParams &p) {
  return fb::CreateFloatUnaryParams(b.fbb, fb::UnaryFn(p.fn), p.alpha, p.beta);
}
static Params unpack(const fb::FloatUnaryParams &p, PackageCopier &) {
  return FloatUnaryParams{UnaryFn(p.fn()), p.alpha(), p.beta()};
}

static auto pack(PackageBuilder &b, const FloatBinaryParams &p) {
  return fb::CreateFloatBinaryParams(b.fbb, fb::BinaryFn(p.fn));
}
static Params unpack(const fb::FloatBinaryParams &p, PackageCopier &) {
  return FloatBinaryParams{BinaryFn(p.fn())};
}

static auto pack(PackageBuilder &b, const TransposeParams &p) {
  auto perm = b.vector(p.perm);
  return fb::CreateTransposeParams(b.fbb, perm);
}
static Params unpack(const fb::TransposeParams &p, PackageCopier &copier) {
  TransposeParams out;
  copier.copy(*p.perm(), out.perm);
  return out;
}

static auto pack(PackageBuilder &b, const SliceParams &p) {
  auto start = b.vector(p.start);
  auto step = b.vector(p.step);
  return fb::CreateSliceParams(b.fbb, start, step);
}
static Params unpack(const fb::SliceParams &p, PackageCopier &copier) {
  SliceParams out;
  copier.copy(*p.start(), out.start);
  copier.copy(*p.step(), out.step);
  return out;
}

static auto pack(PackageBuilder &b, const FloatConcatParams &p) {
  return fb::CreateFloatConcatParams(b.fbb, p.axis);
}
static Params unpack(const fb::FloatConcatParams &p, PackageCopier &) {
  return FloatConcatParams{p.axis()};
}

static auto pack(PackageBuilder &b, const FloatPoolParams &p) {
  const fb::Window window = pack(p.window);
  return fb::CreateFloatPoolParams(b.fbb, fb::PoolFn(p.fn), &window, p.countPadding);
}
static Params unpack(const fb::FloatPoolParams &p, PackageCopier &) {
  return FloatPoolParams{PoolFn(p.fn()), unpack(*p.window()), p.count_padding()};
}

static auto pack(PackageBuilder &b, const FloatResizeParams &p) {
  auto rows = b.vector(p.rows);
  auto columns = b.vector(p.columns);
  return fb::CreateFloatResizeParams(b.fbb, rows, columns);
}
static Params unpack(const fb::FloatResizeParams &p, PackageCopier &copier) {
  FloatResizeParams out;
  copier.copy(*p.rows(), out.rows);
  copier.copy(*p.columns(), out.columns);
  return out;
}

static auto pack(PackageBuilder &b, const SoftmaxParams &p) {
  return fb::CreateSoftmaxParams(b.fbb, p.axis);
}
static Params unpack(const fb::SoftmaxParams &p, PackageCopier &) {
  return SoftmaxParams{p.axis()};
}

static auto pack(PackageBuilder &b, const MatMulParams &p) {
  return fb::CreateMatMulParams(b.fbb, p.transposeA, p.transposeB, p.alpha, p.beta);
}
static Params unpack(const fb::MatMulParams &p, PackageCopier &) {
  return MatMulParams{p.transpose_a(), p.transpose_b(), p.alpha(), p.beta()};
}

static auto pack(PackageBuilder &b, const YoloDecodeParams &p) {
  auto strides = b.vector(p.strides);
  auto anchors = b.vector(p.anchors);
  return fb::CreateYoloDecodeParams(b.fbb, p.anchorsPerLevel, p.classes, p.masks, strides, anchors);
}
static Params unpack(const fb::YoloDecodeParams &p, PackageCopier &copier) {
  YoloDecodeParams out;
  out.anchorsPerLevel = p.anchors_per_level();
  out.classes = p.classes();
  out.masks = p.masks();
  copier.copy(*p.strides(), out.strides);
  copier.copy(*p.anchors(), out.anchors);
  return out;
}

static auto pack(PackageBuilder &b, const AveragePoolParams &p) {
  const fb::Window window = pack(p.window);
  auto counts = b.vector(p.counts);
  auto requant = b.vector(p.requant);
  return fb::CreateAveragePoolParams(b.fbb, &window, p.countPadding, counts, requant);
}
static Params unpack(const fb::AveragePoolParams &p, PackageCopier &copier) {
  AveragePoolParams out;
  out.window = unpack(*p.window());
  out.countPadding = p.count_padding();
  copier.copy(*p.counts(), out.counts);
  copier.copy(*p.requant(), out.requant);
  return out;
}

static auto pack(PackageBuilder &b, const FloatPadParams &p) {
  auto begin = b.vector(p.begin);
  return fb::CreateFloatPadParams(b.fbb, fb::PadMode(p.mode), begin, p.value);
}
static Params unpack(const fb::FloatPadParams &p, PackageCopier &copier) {
  FloatPadParams out;
  out.mode = PadMode(p.mode());
  copier.copy(*p.begin(), out.begin);
  out.value = p.value();
  return out;
}

static auto pack(PackageBuilder &b, const LrnParams &p) {
  return fb::CreateLrnParams(b.fbb, p.size, p.alpha, p.beta, p.bias);
}
static Params unpack(const fb::LrnParams &p, PackageCopier &) {
  return LrnParams{p.size(), p.alpha(), p.beta(), p.bias()};
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
static Params unpack(const fb::NmsParams &p, PackageCopier &) {
  return NmsParams{p.classes(), p.masks(), unpackNmsOptions(*p.options())};
}

template <class Table> static PackedParams typed(flatbuffers::Offset<Table> table) {
  return {fb::ParamsTraits<Table>::enum_value, table.Union()};
}

PackedParams packParams(PackageBuilder &builder, const Params &params) {
  return std::visit([&builder](const auto &p) { return typed(pack(builder, p)); }, params);
}

template <class Table>
static bool unpackAs(const void *table, PackageCopier &copier, Params &params) {
  params = unpack(*static_cast<const Table *>(table), copier);
  return true;
}

bool unpackParams(fb::Params type, const void *table, PackageCopier &copier, Params &params) {
  static_assert(size_t(fb::Params::MAX) == std::variant_size_v<Params>);
  switch (type) {
  case fb::Params::ConvParams:
    return unpackAs<fb::ConvParams>(table, copier, params);
  case fb::Params::LutParams:
    return unpackAs<fb::LutParams>(table, copier, params);
  case fb::Params::AddParams:
    return unpackAs<fb::AddParams>(table, copier, params);
  case fb::Params::MulParams:
    return unpackAs<fb::MulParams>(table, copier, params);
  case fb::Params::ConcatParams:
    return unpackAs<fb::ConcatParams>(table, copier, params);
  case fb::Params::MaxPoolParams:
    return unpackAs<fb::MaxPoolParams>(table, copier, params);
  case fb::Params::ResizeParams:
    return unpackAs<fb::ResizeParams>(table, copier, params);
  case fb::Params::QuantizeParams:
    return unpackAs<fb::QuantizeParams>(table, copier, params);
  case fb::Params::DequantizeParams:
    return unpackAs<fb::DequantizeParams>(table, copier, params);
  case fb::Params::FloatConvParams:
    return unpackAs<fb::FloatConvParams>(table, copier, params);
  case fb::Params::FloatUnaryParams:
    return unpackAs<fb::FloatUnaryParams>(table, copier, params);
  case fb::Params::FloatBinaryParams:
    return unpackAs<fb::FloatBinaryParams>(table, copier, params);
  case fb::Params::TransposeParams:
    return unpackAs<fb::TransposeParams>(table, copier, params);
  case fb::Params::SliceParams:
    return unpackAs<fb::SliceParams>(table, copier, params);
  case fb::Params::FloatConcatParams:
    return unpackAs<fb::FloatConcatParams>(table, copier, params);
  case fb::Params::FloatPoolParams:
    return unpackAs<fb::FloatPoolParams>(table, copier, params);
  case fb::Params::FloatResizeParams:
    return unpackAs<fb::FloatResizeParams>(table, copier, params);
  case fb::Params::SoftmaxParams:
    return unpackAs<fb::SoftmaxParams>(table, copier, params);
  case fb::Params::MatMulParams:
    return unpackAs<fb::MatMulParams>(table, copier, params);
  case fb::Params::YoloDecodeParams:
    return unpackAs<fb::YoloDecodeParams>(table, copier, params);
  case fb::Params::AveragePoolParams:
    return unpackAs<fb::AveragePoolParams>(table, copier, params);
  case fb::Params::FloatPadParams:
    return unpackAs<fb::FloatPadParams>(table, copier, params);
  case fb::Params::LrnParams:
    return unpackAs<fb::LrnParams>(table, copier, params);
  case fb::Params::NmsParams:
    return unpackAs<fb::NmsParams>(table, copier, params);
  case fb::Params::NONE:
    break;
  }
  return false;
}

} // namespace bst
