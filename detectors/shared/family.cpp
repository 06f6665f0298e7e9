#include "detectors/shared/family.h"

namespace bstc {

std::string kindOf(const Family &family, const DecodeDescription &decode) {
  return std::string(family.name) + (decode.masks ? "-segment" : "-detect");
}

} // namespace bstc
