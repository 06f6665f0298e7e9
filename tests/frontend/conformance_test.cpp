// The operators against the ONNX project's own test data (Debian's libonnx-testdata): models of one
// or a few nodes, with inputs and the outputs that the specification's reference gives.

#include "frontend/evaluate.h"
#include "frontend/import.h"
#include "frontend/tensor_import.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Regex.h"

#include <gmock/gmock.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <filesystem>
#include <fstream>

using namespace bstc;
namespace fs = std::filesystem;

namespace {

/// Tests of the suite that we refuse, and words of the message. Every other one must run.
struct Refusal {
  const char *name; ///< Regular expression over the whole name.
  const char *words;
};
constexpr Refusal refusals[] = {
    {"test_Conv[13]d.*", "only 2-D convolution"},
    {"test_(AvgPool3d|MaxPool[13]d).*", "only 2-D pooling"},
    {"test_(average|max)pool_[13]d_default", "only 2-D pooling"},
    {"test_operator_maxpool", "only 2-D pooling"},
    {"test_maxpool_with_argmax_2d_precomputed_pads", "has 2 outputs, but 1 is supported"},
    {"test_maxpool_with_argmax_2d_precomputed_strides", "storage_order = 1"},
    {"test_batchnorm_.*_training_mode", "training_mode = 1"},
    {"test_training_dropout.*", "training_mode must be a constant false"},
    {"test_dropout_default_mask.*", "has 2 outputs, but 1 is supported"},
    {"test_resize_.*_linear.*", "mode = linear is not supported"},
    {"test_resize_tf_crop_and_resize", "mode = linear is not supported"},
    {"test_resize_.*_cubic.*", "mode = cubic is not supported"},
    // Types other than float32, and than int32 and int64 in arithmetic.
    {"test_(max|min)_(float16|u?int16|uint32|uint64)", "element type"},
    {"test_(max|min)_float64", "but must be f32, s32 or s64"},
    {"test_(add|sub|mul|div)_uint8", "but must be f32, s32 or s64"},
    {"test_pow_types_float32_uint.*", "element type uint"},
    {"test_pow_types_(float|int32_float32|int64_float32)", "inputs are of different types"},
    {"test_cast(like)?_.*(FLOAT16|STRING).*", "element type"},
    {"test_identity_(opt|sequence)", "is not a tensor"},
    // Arity and extents.
    {"test_reshape_allowzero_reordered", "dimension 0 is not a positive number"},
    {"test_split_zero_size_splits", "dimension 0 is not a positive number"},
    {"test_slice_start_out_of_bounds", "would be empty"},
    // Attributes that ONNX dropped before opset 7.
    {"test_BatchNorm.*_eval", "attribute 'is_test' is not supported"},
    {"test_operator_add_.*broadcast", "attribute 'axis' is not supported"},
    {"test_(Softsign|Linear|operator_(addconstant|addmm|mm))",
     "attribute 'broadcast' is not supported"},
};

const Refusal *refusalOf(const std::string &name) {
  for (const Refusal &refusal : refusals)
    if (llvm::Regex(("^(" + llvm::Twine(refusal.name) + ")$").str()).match(name))
      return &refusal;
  return nullptr;
}

struct Case {
  std::string name;
  fs::path folder;
  onnx::ModelProto model;
};

template <typename Message> Message load(const fs::path &path) {
  Message message;
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(message.ParseFromIstream(&stream)) << path;
  return message;
}

/// Every test of the suite whose operators are all in ir/ops.def.
const std::vector<Case> &cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> found;
    for (const char *group : {"node", "pytorch-converted", "pytorch-operator"})
      for (const auto &entry : fs::directory_iterator(fs::path(BSTC_ONNX_TESTDATA) / group)) {
        auto model = load<onnx::ModelProto>(entry.path() / "model.onnx");
        bool known = model.graph().node_size() > 0;
        for (const auto &node : model.graph().node())
          known = known && node.domain().empty() && findOnnxOp(node.op_type());
        if (known)
          found.push_back({entry.path().filename(), entry.path() / "test_data_set_0", model});
      }
    return found;
  }();
  return all;
}

/// Reads input_N.pb or output_N.pb.
onnx::TensorProto tensor(const Case &test, const char *kind, int index) {
  return load<onnx::TensorProto>(test.folder / (kind + std::to_string(index) + ".pb"));
}

/// Makes a constant of every input but the first: operands like Slice's starts must be. The first
/// stays an input, so that the operator is evaluated and not folded, where its type may be one.
std::vector<TensorDataRef> bindInputs(const Case &test, onnx::ModelProto &model) {
  std::vector<TensorDataRef> inputs;
  onnx::GraphProto &graph = *model.mutable_graph();
  std::vector<std::string> constants;
  for (const auto &initializer : graph.initializer())
    constants.push_back(initializer.name());
  int file = 0;
  for (const auto &input : graph.input()) {
    if (llvm::is_contained(constants, input.name()))
      continue;
    onnx::TensorProto data = tensor(test, "input_", file++);
    int type = data.data_type();
    bool dynamic = inputs.empty() && file == 1 &&
                   (type == onnx::TensorProto::FLOAT || type == onnx::TensorProto::UINT8);
    if (dynamic) {
      inputs.push_back(llvm::cantFail(importTensor(data)));
      continue;
    }
    data.set_name(input.name());
    *graph.add_initializer() = data;
  }
  return inputs;
}

/// Opset 7 for older models: the operators in question did not change in between.
void raiseOpset(onnx::ModelProto &model) {
  for (auto &import : *model.mutable_opset_import())
    import.set_version(std::max<int64_t>(import.version(), 7));
}

/// The outputs, or the reason why the test is refused.
llvm::Expected<std::vector<TensorDataRef>> run(const Case &test) {
  onnx::ModelProto model = test.model;
  raiseOpset(model);
  for (const auto &input : model.graph().input())
    if (!input.type().has_tensor_type()) // Its data file is no tensor either.
      return importOnnx(model.SerializeAsString(), test.name).takeError();
  std::vector<TensorDataRef> inputs = bindInputs(test, model);
  auto graph = importOnnx(model.SerializeAsString(), test.name);
  if (!graph)
    return graph.takeError();
  if (llvm::Error error = verify(*graph))
    return error;
  return evaluate(*graph, inputs);
}

/// Operators that move or select values give exactly what the suite says.
bool isExact(const Case &test) {
  for (const auto &node : test.model.graph().node()) {
    const OpInfo &info = *findOnnxOp(node.op_type());
    llvm::StringRef family = info.family;
    if (family != "Joining" && family != "Layout" && family != "Constants" &&
        family != "Resampling" && family != "Broadcasting" && info.kind != OpKind::Relu &&
        info.kind != OpKind::MaxPool && info.kind != OpKind::Max && info.kind != OpKind::Min)
      return false;
  }
  return true;
}

void expectEqual(const TensorData &actual, const TensorData &expected, bool exact) {
  EXPECT_EQ(actual.type.element, expected.type.element);
  ASSERT_EQ(actual.type.shape, expected.type.shape);
  if (exact || !actual.type.isFloat()) {
    EXPECT_EQ(actual.values<std::byte>(), expected.values<std::byte>());
    return;
  }
  for (int64_t i = 0; i < actual.type.count(); ++i) {
    double a = actual.at(i), e = expected.at(i);
    // The tolerance of ONNX's own runner.
    ASSERT_TRUE(std::fabs(a - e) <= 1e-7 + 1e-3 * std::fabs(e) || a == e ||
                (std::isnan(a) && std::isnan(e)))
        << "element " << i << ": " << a << ", expected " << e;
  }
}

} // namespace

class Conformance : public testing::TestWithParam<const char *> {};

TEST_P(Conformance, MatchesTheSpecification) {
  int executed = 0;
  for (const Case &test : cases()) {
    if (test.model.graph().node(test.model.graph().node_size() - 1).op_type() != GetParam())
      continue;
    SCOPED_TRACE(test.name);
    auto outputs = run(test);
    const Refusal *refusal = refusalOf(test.name);
    EXPECT_EQ(bool(outputs), !refusal);
    if (!outputs) {
      EXPECT_THAT(llvm::toString(outputs.takeError()),
                  testing::HasSubstr(refusal ? refusal->words : "<no error>"));
      continue;
    }
    ++executed;
    ASSERT_EQ(int(outputs->size()), test.model.graph().output_size());
    for (int i = 0; i < test.model.graph().output_size(); ++i)
      expectEqual(*(*outputs)[i], *llvm::cantFail(importTensor(tensor(test, "output_", i))),
                  isExact(test));
  }
  EXPECT_GT(executed, 0) << "the suite has no test of this operator that runs";
}

static std::vector<const char *> onnxOperators() {
  std::vector<const char *> names;
  for (const OpInfo &info : allOps())
    if (info.onnxType[0])
      names.push_back(info.onnxType);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Onnx, Conformance, testing::ValuesIn(onnxOperators()),
                         [](const auto &info) { return std::string(info.param); });

/// So that tests that disappear, or refusals that outlive theirs or grow, do not go unnoticed. How
/// many tests there are depends on the package of the suite and on the registry.
TEST(ConformanceSuite, IsWhole) {
  EXPECT_GE(cases().size(), 400u);
  for (const Refusal &refusal : refusals)
    EXPECT_TRUE(
        llvm::any_of(cases(), [&](const Case &test) { return refusalOf(test.name) == &refusal; }))
        << refusal.name << " stands for no test";
  auto isRefused = [](const Case &test) { return refusalOf(test.name) != nullptr; };
  EXPECT_LE(size_t(llvm::count_if(cases(), isRefused)), cases().size() / 3);
}
