#ifndef BSTC_TOOLS_BSTC_DOCTOR_NEIGHBOURHOOD_H
#define BSTC_TOOLS_BSTC_DOCTOR_NEIGHBOURHOOD_H

#include "tools/bstc/doctor/doctor_report.h"

namespace bstc {

/// A part of a network as a drawing: boxes in ranks from top to bottom, and arrows.
struct Neighbourhood {
  struct Box {
    int layer = -1;       ///< Index into the network's layers; -1: an input.
    int input = -1;       ///< Index into its inputs.
    std::string name;     ///< Module path, or the input's name.
    std::string what;     ///< Operator.
    unsigned rank = 0;    ///< Greater than those of what it reads.
    bool isFault = false; ///< It is what the fault is about.
    bool isExtra = false; ///< The other network has none.
  };
  struct Arrow {
    unsigned from = 0, to = 0; ///< Indices of boxes.
    std::string text;          ///< How it is quantised on the way: "int8, step 0.0472"; or empty.
  };
  std::vector<Box> boxes;
  std::vector<Arrow> arrows;
};

/// The layers that `fault` is about at its first place, and those at most two wires away.
Neighbourhood aroundFault(const DoctorReport &report, const diagnose::Fault &fault);
/// The same place of the reference; empty where there is none to compare with.
Neighbourhood aroundFaultInReference(const DoctorReport &report, const diagnose::Fault &fault);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_DOCTOR_NEIGHBOURHOOD_H
