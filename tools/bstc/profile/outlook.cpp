// What a summary says of a network: how fast each form of it is, how sure that is, what would gain
// most.
#include "tools/bstc/profile/outlook.h"

#include "partitioner/model_error.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/files/json_writer.h"

#include "llvm/Support/raw_ostream.h"

#include <cmath>

namespace bstc {
namespace {

/// "2,280", "61.4": as many digits as can be believed.
std::string fpsText(double fps) {
  return fps >= 99.95 ? withCommas(uint64_t(std::llround(fps))) : fixedPoint(fps, 1);
}

std::string wholePercent(double share) { return fixedPoint(share * 100, 0) + "%"; }

/// What of the device binds, as the bound counts it.
const char *bindingText(const LowerBound &least) {
  if (least.seconds() == least.maca)
    return "MACA slots";
  return least.seconds() == least.edp ? "EDP bytes" : "least DRAM traffic";
}

const char *bindingKey(const LowerBound &least) {
  if (least.seconds() == least.maca)
    return "maca";
  return least.seconds() == least.edp ? "edp" : "dram";
}

double boundFps(const LowerBound &least) { return least.seconds() > 0 ? 1 / least.seconds() : 0; }

} // namespace

Standing standingOf(const CostReport &cost, const std::optional<FpsRange> &range,
                    const Target &target) {
  Standing standing;
  standing.fps = cost.framesPerSecond;
  standing.latencySeconds = cost.latencySeconds;
  if (range) {
    standing.low = range->low;
    standing.high = range->high;
  }
  if (range && !range->effects.empty())
    standing.most = target.fields[range->effects.front().field].key;
  standing.least = cost.least;
  standing.share = cost.shareOfLeast;
  return standing;
}

std::string fpsSentence(const Standing &standing) {
  std::string text = fpsText(standing.fps) + " FPS";
  if (standing.low >= standing.high)
    return text;
  text += " (" + fpsText(standing.low) + "-" + fpsText(standing.high) +
          " in 8 of 10 draws of the assumed fields";
  if (!standing.most.empty())
    text += "; most: " + standing.most;
  return text + ")";
}

std::string boundSentence(const Standing &standing) {
  return fpsText(boundFps(standing.least)) + " FPS (" + bindingText(standing.least) + "); " +
         wholePercent(standing.share) + " of it reached";
}

std::string modelErrorSentence() {
  return "where silicon is known this model is " + numberText(modelErrorPercent, 3) +
         "% off in the mean";
}

std::string differenceSentence(const FpsDifference &difference) {
  const auto signedPercent = [](double share) { return signedFixed(share * 100, 1) + "%"; };
  const std::string band = ", " + signedPercent(difference.low) + " to " +
                           signedPercent(difference.high) + " in 8 of 10";
  if (difference.faster == 0 && difference.slower == 0)
    return "the same in all draws of the assumed fields";
  const std::string faster = "faster in " + wholePercent(difference.faster);
  const std::string slower = "slower in " + wholePercent(difference.slower);
  std::string text = difference.faster >= difference.slower ? faster : slower;
  if (!difference.certain())
    text = "sign not certain: " + faster + ", " + slower;
  return text + " of draws of the assumed fields" + band;
}

void printOutlook(const Standing &exported, const Outlook &outlook, llvm::raw_ostream &stream) {
  if (outlook.deployed) {
    stream << "as exported    " << fpsSentence(exported) << "; bound: " << boundSentence(exported)
           << "\ndeployed       " << fpsSentence(*outlook.deployed)
           << "; bound: " << boundSentence(*outlook.deployed) << '\n';
  } else if (!outlook.whyNotDeployed.empty()) {
    stream << "deployed       not possible: " << outlook.whyNotDeployed << '\n';
  }
  if (!outlook.advised)
    return;
  if (outlook.advice.empty()) {
    stream << "advice         no change that was tried gains 1%\n";
    return;
  }
  const char *label = "advice         ";
  for (const Advice &advice : outlook.advice) {
    stream << label << advice.text << ": " << signedFixed(advice.gain * 100, 1) << "% ("
           << fpsText(advice.fps) << " FPS" << (advice.base == "deployed" ? ", deployed" : "")
           << ")\n";
    label = "               ";
  }
}

void writeLowerBound(JsonWriter &json, const Standing &standing) {
  json.key("lower_bound");
  json.beginObject();
  json.member("fps", boundFps(standing.least));
  json.member("share", standing.share);
  json.member("bound", bindingKey(standing.least));
  json.member("maca_ms", standing.least.maca * 1e3);
  json.member("edp_ms", standing.least.edp * 1e3);
  json.member("dram_ms", standing.least.dram * 1e3);
  json.member("dram_bytes", standing.least.dramBytes);
  json.endObject();
}

void writeOutlook(JsonWriter &json, const Outlook &outlook) {
  if (outlook.deployed) {
    const Standing &form = *outlook.deployed;
    json.key("deployed");
    json.beginObject();
    json.member("fps", form.fps);
    json.member("fps_low", form.low);
    json.member("fps_high", form.high);
    json.member("matters_most", form.most);
    json.member("latency_ms", form.latencySeconds * 1e3);
    writeLowerBound(json, form);
    json.endObject();
  } else if (!outlook.whyNotDeployed.empty()) {
    json.member("not_deployed", outlook.whyNotDeployed);
  }
  if (!outlook.advised)
    return;
  json.objectsOnOneLine("advice", outlook.advice, [&](const Advice &advice) {
    json.member("change", advice.key);
    json.member("text", advice.text);
    json.member("of", advice.base);
    json.member("fps", advice.fps);
    json.member("gain", advice.gain);
  });
}

} // namespace bstc
