#include "detectors/families.h"

#include "detectors/yolov5/recognise.h"

namespace bstc {

static const Family rows[] = {
    {"yolov5", recogniseYolov5},
};

llvm::ArrayRef<Family> families() { return rows; }

} // namespace bstc
