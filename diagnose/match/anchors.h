#ifndef BSTC_DIAGNOSE_MATCH_ANCHORS_H
#define BSTC_DIAGNOSE_MATCH_ANCHORS_H

#include "diagnose/match/match.h"

namespace bstc::diagnose {

/// Matches the layers with weights into `matching`.
void matchAnchors(const Network &a, const Network &b, Matching &matching);

/// Matches the others by what they read and who reads them, the surest first.
void spreadMatches(const Network &a, const Network &b, Matching &matching);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_MATCH_ANCHORS_H
