#include "tools/bstc/cli/notices.h"

#include "tools/bstc/cli/table.h"
#include "tools/bstc/cli/terminal.h"
#include "tools/bstc/files/json_writer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

namespace bstc {

std::string withCode(Code code, llvm::StringRef text) {
  return (text + " [" + codeText(code) + "]").str();
}

void warn(Code code, const llvm::Twine &text) { warning() << withCode(code, text.str()) << '\n'; }

/// What the notice says of its node, or of the network.
static std::string reasonOf(const Notice &notice) {
  if (notice.node.empty())
    return notice.text;
  return notice.reason.empty() ? codeInfo(notice.code).title : notice.reason;
}

/// The reason without the values that it names, which differ from node to node: neither
/// "(constant 'c78')" nor what is quoted elsewhere.
static std::string reasonInCommon(const Notice &notice) {
  std::string text = reasonOf(notice);
  size_t from = 0;
  while ((from = text.find(" (", from)) != std::string::npos) {
    const size_t to = text.find(')', from);
    if (to != std::string::npos && text[to - 1] == '\'')
      text.erase(from, to + 1 - from);
    else
      ++from;
  }
  for (from = 0; (from = text.find('\'', from)) != std::string::npos; from += 5) {
    const size_t to = text.find('\'', from + 1);
    if (to == std::string::npos)
      break;
    text.replace(from, to + 1 - from, "'...'");
  }
  return text;
}

using Group = std::vector<const Notice *>;

/// "87 nodes: runs in float on DSP: why: a, b, c, ...".
static std::string groupText(const Group &group) {
  constexpr size_t most = 5;
  std::vector<std::string> nodes;
  bool same = true;
  for (const Notice *notice : group) {
    same &= reasonOf(*notice) == reasonOf(*group.front());
    if (!notice->node.empty() && !llvm::is_contained(nodes, notice->node))
      nodes.push_back(notice->node);
  }
  std::string text =
      (nodes.empty() ? counted(group.size(), "time") : counted(nodes.size(), "node")) + ": " +
      (same ? reasonOf(*group.front()) : reasonInCommon(*group.front()));
  for (size_t i = 0; i < std::min(nodes.size(), most); ++i)
    text += (i ? ", " : ": ") + nodes[i];
  return text + (nodes.size() > most ? ", ... (-v lists each)" : "");
}

/// On `stream`; where that goes nowhere as a file goes to stdout, warnings are on stderr.
static void printNotice(const Notice &notice, llvm::StringRef text, llvm::raw_ostream &stream) {
  const bool warns = notice.severity != Severity::Note;
  if (&stream != &llvm::nulls())
    stream << painted(stream, warns ? Paint::Warning : Paint::Note,
                      std::string(severityName(notice.severity)) + ":")
           << ' ' << withCode(notice.code, text) << '\n';
  else if (warns)
    warn(notice.code, text);
}

void printNotices(llvm::ArrayRef<Notice> notices, llvm::raw_ostream &stream, bool each) {
  constexpr size_t mostAlone = 3;
  using Key = std::tuple<Code, Severity, bool, std::string>;
  const auto keyOf = [](const Notice &notice) {
    return Key(notice.code, notice.severity, notice.node.empty(), reasonInCommon(notice));
  };
  std::map<Code, size_t> counts;
  std::map<Key, Group> groups;
  for (const Notice &notice : notices) {
    ++counts[notice.code];
    groups[keyOf(notice)].push_back(&notice);
  }
  for (const Notice &notice : notices) {
    const Group &group = groups[keyOf(notice)];
    if (each || counts[notice.code] <= mostAlone || group.size() == 1)
      printNotice(notice, notice.text, stream);
    else if (group.front() == &notice)
      printNotice(notice, groupText(group), stream);
  }
}

void writeNotices(JsonWriter &json, llvm::ArrayRef<Notice> notices) {
  json.objectsOnOneLine("notices", notices, [&](const Notice &notice) {
    json.member("code", codeText(notice.code));
    json.member("severity", severityName(notice.severity));
    json.member("node", notice.node);
    json.member("text", notice.text);
  });
}

} // namespace bstc
