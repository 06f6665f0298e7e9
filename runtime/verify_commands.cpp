#include "runtime/verify.h"

#include <cmath>

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
}};

std::string expectedInputs(const Rule &rule) {
  if (rule.mostInputs == anyNumber)
    return text(rule.fewestInputs, " or more");
  if (rule.mostInputs == rule.fewestInputs)
    return text(rule.fewestInputs);
  return text(rule.fewestInputs, " to ", rule.mostInputs);
}

} // namespace

Status verifyCommand(const Program &program, uint32_t index) {
  const Command &command = program.commands[index];
  const Rule &rule = rules[command.params.index()];
  const size_t inputs = command.inputs.size();
  CommandCheck c(program, index);
  bool ok = c.require(command.engine == rule.engine, "runs on ", engineName(command.engine),
                      ", expected ", engineName(rule.engine)) &&
            c.require(inputs >= rule.fewestInputs && inputs <= rule.mostInputs, "has ", inputs,
                      " inputs, expected ", expectedInputs(rule)) &&
            c.require(command.outputs.size() == 1, "has ", command.outputs.size(),
                      " outputs, expected 1") &&
            rule.check(c);
  return ok ? Status() : c.status();
}

void CommandCheck::fail(std::string what) {
  failure = Status(StatusCode::CorruptPackage, text("command ", index, " ", quoted(command.name),
                                                    " (", opcodeName(command.params), "): ", what));
}

bool CommandCheck::shapeIs(const Tensor &t, const std::vector<int32_t> &expected) {
  return require(t.shape == expected, label(t), " has shape ", t.shape, ", expected ", expected);
}

bool CommandCheck::rankIs(const Tensor &t, size_t rank) {
  return require(t.shape.size() == rank, label(t), " has shape ", t.shape, ", expected rank ",
                 rank);
}

bool CommandCheck::floating(const Tensor &t) {
  return require(t.dtype == DType::F32 && t.layout == Layout::RowMajor, label(t), " is ",
                 dtypeName(t.dtype), " ", layoutName(t.layout), ", expected f32 row_major");
}

bool CommandCheck::floatMap(const Tensor &t) { return floating(t) && rankIs(t, 4); }

bool CommandCheck::quantised(const Tensor &t) {
  return require(elementSize(t.dtype) == 1, label(t), " is ", dtypeName(t.dtype),
                 ", expected s8 or u8") &&
         require(t.scale > 0, label(t), " has no scale, expected a quantised tensor");
}

bool CommandCheck::featureMap(const Tensor &t) {
  return quantised(t) && require(t.layout == Layout::Nhwc, label(t), " is laid out ",
                                 layoutName(t.layout), ", expected nhwc");
}

bool CommandCheck::sameShape(const Tensor &a, const Tensor &b) {
  return require(a.shape == b.shape, label(a), " has shape ", a.shape, ", ", label(b), " has ",
                 b.shape, ", expected equal ones");
}

bool CommandCheck::sameLayout(const Tensor &a, const Tensor &b) {
  return require(a.layout == b.layout, label(a), " is laid out ", layoutName(a.layout), ", ",
                 label(b), " ", layoutName(b.layout), ", expected equal layouts");
}

bool CommandCheck::sameType(const Tensor &a, const Tensor &b) {
  return require(a.dtype == b.dtype, label(a), " is ", dtypeName(a.dtype), ", ", label(b), " is ",
                 dtypeName(b.dtype), ", expected equal dtypes") &&
         require(a.scale == b.scale && a.zeroPoint == b.zeroPoint, label(a),
                 " has scale and zero point ", double(a.scale), " and ", a.zeroPoint, ", ",
                 label(b), " has ", double(b.scale), " and ", b.zeroPoint, ", expected equal ones");
}

bool CommandCheck::countIs(const char *field, size_t actual, size_t expected, const char *of) {
  return require(actual == expected, field, " has ", actual, " elements, expected ", expected, " (",
                 of, ")");
}

bool CommandCheck::inRange(const char *field, int64_t value, int64_t lowest, int64_t highest) {
  return require(value >= lowest && value <= highest, field, " is ", value, ", expected ", lowest,
                 " to ", highest);
}

bool CommandCheck::requantValid(const char *field, const Requant &requant, int32_t mostOffset) {
  return require(requant.multiplier >= 1 && requant.shift >= 1 && requant.shift <= 62, field,
                 " is ", requant.multiplier, " / 2^", requant.shift,
                 ", expected a multiplier from 1 and a shift from 1 to 62") &&
         require(requant.offset >= -mostOffset && requant.offset <= mostOffset, field,
                 " has the offset ", requant.offset, ", expected ", -mostOffset, " to ",
                 mostOffset);
}

bool CommandCheck::clampFits(int32_t lo, int32_t hi, const Tensor &t) {
  const int32_t lowest = t.dtype == DType::U8 ? 0 : -128;
  return require(lo >= lowest && hi <= lowest + 255 && lo <= hi, "clamps to ", lo, " to ", hi,
                 ", expected an interval within ", dtypeName(t.dtype));
}

} // namespace bst
