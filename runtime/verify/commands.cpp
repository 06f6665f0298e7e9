#include "runtime/verify/checks.h"

#include <algorithm>

namespace bst {

namespace {

/// What holds for every command of one type: its engine, how many inputs it takes (every command
/// has one output), and its check.
struct Rule {
  Engine engine;
  size_t fewestInputs, mostInputs;
  CheckFunction check;
};

constexpr size_t anyNumber = SIZE_MAX;

// By the order of Params.
constexpr std::array<Rule, std::variant_size_v<Params>> rules = {{
    {Engine::Maca, 2, 2, checkConv},
    {Engine::Edp, 1, 1, checkLut},
    {Engine::Edp, 2, 2, checkAdd},
    {Engine::Edp, 2, 2, checkMul},
    {Engine::Edp, 1, anyNumber, checkConcat},
    {Engine::Edp, 1, 1, checkMaxPool},
    {Engine::Edp, 1, 1, checkResize},
    {Engine::Dsp, 1, 1, checkQuantize},
    {Engine::Dsp, 1, 1, checkDequantize},
    {Engine::Dsp, 2, 3, checkFloatConv},
    {Engine::Dsp, 1, 1, checkFloatUnary},
    {Engine::Dsp, 2, 2, checkFloatBinary},
    {Engine::Dsp, 1, 1, checkTranspose},
    {Engine::Dsp, 1, 1, checkSlice},
    {Engine::Dsp, 1, anyNumber, checkFloatConcat},
    {Engine::Dsp, 1, 1, checkFloatPool},
    {Engine::Dsp, 1, 1, checkFloatResize},
    {Engine::Dsp, 1, 1, checkSoftmax},
    {Engine::Dsp, 2, 3, checkMatMul},
    {Engine::Dsp, 1, anyNumber, checkYoloDecode},
    {Engine::Edp, 1, 1, checkAveragePool},
    {Engine::Dsp, 1, 1, checkFloatPad},
    {Engine::Dsp, 1, 1, checkLrn},
    {Engine::Dsp, 1, 1, checkNms},
    {Engine::Edp, 1, 1, checkPicture},
    {Engine::Dsp, 1, 1, checkFloatPicture},
    {Engine::Dsp, 1, 1, checkNv12},
    {Engine::Dsp, 1, anyNumber, checkDetect},
}};

/// "1", "1 or more" or "2 to 3".
struct Count final : TextLabel {
  explicit Count(const Rule &rule) : rule(rule) {}
  void describe(TextSink &out) const override {
    appendText(out, "{}", rule.fewestInputs);
    if (rule.mostInputs == anyNumber)
      out.append(" or more");
    else if (rule.mostInputs != rule.fewestInputs)
      appendText(out, " to {}", rule.mostInputs);
  }
  const Rule &rule;
};

} // namespace

Status verifyCommand(const Program &program, uint32_t index) {
  const Command &command = program.commands[index];
  const Rule &rule = rules[command.params.index()];
  const size_t inputs = command.inputs.size();
  CommandCheck c(program, index);
  bool ok = c.require(command.engine == rule.engine, "runs on {}, expected {}",
                      engineName(command.engine), engineName(rule.engine)) &&
            c.require(inputs >= rule.fewestInputs && inputs <= rule.mostInputs,
                      "has {} inputs, expected {}", inputs, Count(rule)) &&
            c.require(command.outputs.size() == 1, "has {} outputs, expected 1",
                      command.outputs.size()) &&
            rule.check(c);
  return ok ? Status() : c.takeStatus();
}

void CommandCheck::fail(Text what) {
  failure = corrupt("{}: {}", CommandLabel(program, index, true), what);
}

bool CommandCheck::shapeIs(const Tensor &t, std::span<const int32_t> expected) {
  return require(std::ranges::equal(t.shape, expected), "{} has shape {}, expected {}", label(t),
                 t.shape, expected);
}

bool CommandCheck::rankIs(const Tensor &t, size_t rank) {
  return require(t.shape.size() == rank, "{} has shape {}, expected rank {}", label(t), t.shape,
                 rank);
}

bool CommandCheck::floating(const Tensor &t) {
  return require(t.dtype == DType::F32 && t.layout == Layout::RowMajor,
                 "{} is {} {}, expected f32 row_major", label(t), dtypeName(t.dtype),
                 layoutName(t.layout));
}

bool CommandCheck::floatMap(const Tensor &t) { return floating(t) && rankIs(t, 4); }

bool CommandCheck::quantised(const Tensor &t) {
  return require(elementSize(t.dtype) == 1, "{} is {}, expected s8 or u8", label(t),
                 dtypeName(t.dtype)) &&
         require(t.scale > 0, "{} has no scale, expected a quantised tensor", label(t));
}

bool CommandCheck::featureMap(const Tensor &t) {
  return quantised(t) && require(t.layout == Layout::Nhwc, "{} is laid out {}, expected nhwc",
                                 label(t), layoutName(t.layout));
}

bool CommandCheck::sameShape(const Tensor &a, const Tensor &b) {
  return require(a.shape == b.shape, "{} has shape {}, {} has {}, expected equal ones", label(a),
                 a.shape, label(b), b.shape);
}

bool CommandCheck::sameLayout(const Tensor &a, const Tensor &b) {
  return require(a.layout == b.layout, "{} is laid out {}, {} {}, expected equal layouts", label(a),
                 layoutName(a.layout), label(b), layoutName(b.layout));
}

bool CommandCheck::sameType(const Tensor &a, const Tensor &b) {
  return require(a.dtype == b.dtype, "{} is {}, {} is {}, expected equal dtypes", label(a),
                 dtypeName(a.dtype), label(b), dtypeName(b.dtype)) &&
         require(a.scale == b.scale && a.zeroPoint == b.zeroPoint,
                 "{} has scale and zero point {} and {}, {} has {} and {}, expected equal ones",
                 label(a), double(a.scale), a.zeroPoint, label(b), double(b.scale), b.zeroPoint);
}

bool CommandCheck::countIs(const char *field, size_t actual, size_t expected, const char *of) {
  return require(actual == expected, "{} has {} elements, expected {} ({})", field, actual,
                 expected, of);
}

bool CommandCheck::inRange(const char *field, int64_t value, int64_t lowest, int64_t highest) {
  return require(value >= lowest && value <= highest, "{} is {}, expected {} to {}", field, value,
                 lowest, highest);
}

bool CommandCheck::requantValid(const char *field, const Requant &requant, int32_t mostOffset) {
  return require(requant.multiplier >= 1 && requant.shift >= 1 && requant.shift <= 62,
                 "{} is {} / 2^{}, expected a multiplier from 1 and a shift from 1 to 62", field,
                 requant.multiplier, requant.shift) &&
         require(requant.offset >= -mostOffset && requant.offset <= mostOffset,
                 "{} has the offset {}, expected {} to {}", field, requant.offset, -mostOffset,
                 mostOffset);
}

bool CommandCheck::clampFits(int32_t lo, int32_t hi, const Tensor &t) {
  const int32_t lowest = t.dtype == DType::U8 ? 0 : -128;
  return require(lo >= lowest && hi <= lowest + 255 && lo <= hi,
                 "clamps to {} to {}, expected an interval within {}", lo, hi, dtypeName(t.dtype));
}

} // namespace bst
