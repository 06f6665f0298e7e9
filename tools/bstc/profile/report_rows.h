#ifndef BSTC_TOOLS_BSTC_PROFILE_REPORT_ROWS_H
#define BSTC_TOOLS_BSTC_PROFILE_REPORT_ROWS_H

#include "tools/bstc/profile/report.h"

#include <variant>

namespace bstc {

class JsonWriter;

/// What is known of a target's field, as members of the object that is open: field, value, unit,
/// origin, source.
void writeFieldMembers(JsonWriter &json, const TargetField &field);

/// What a column of the per-command report holds: a name, a shape, a count or a measure.
using ReportCell = std::variant<std::string, llvm::ArrayRef<int32_t>, uint64_t, double>;

/// A column of the per-command report, in files and for `--sort`; docs/profile.md describes them.
struct ReportColumn {
  const char *name;
  ReportCell (*cell)(const Profile &profile, const CommandCost &cost);
};
llvm::ArrayRef<ReportColumn> reportColumns();

/// "silu" of a table; empty for other operators.
std::string functionOf(const bst::Command &command);

/// The commands in the order of a column: names ascending, numbers from the greatest; at most
/// `top`. Errors: no such column (a UsageError that lists them).
llvm::Expected<std::vector<const CommandCost *>> sortedCommands(const Profile &profile,
                                                                llvm::StringRef column, size_t top);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_PROFILE_REPORT_ROWS_H
