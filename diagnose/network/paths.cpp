#include "diagnose/network/network.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace bstc::diagnose {

/// Members of a module that are not worth a name of their own: YOLOv5's Conv has conv, bn and act.
static bool isPartOfModule(llvm::StringRef name) {
  return name == "conv" || name == "bn" || name == "act";
}

/// What observers and fake-quantisers add to the path of what they watch.
static bool isWatcher(llvm::StringRef name) {
  return name.startswith("activation_post_process") || name.endswith("fake_quant");
}

std::string layerPath(llvm::StringRef node) {
  llvm::SmallVector<llvm::StringRef, 8> scopes, modules;
  node.split(scopes, '/', -1, false);
  if (!node.startswith("/") || scopes.size() < 2)
    return node.str();
  scopes.pop_back(); // The operator.
  // YOLOv5's list of layers, whatever wraps it.
  auto isList = [](llvm::StringRef scope) {
    return scope.consume_front("model.") && !scope.empty() && llvm::all_of(scope, llvm::isDigit);
  };
  if (auto list = llvm::find_if(scopes, isList); list != scopes.end())
    scopes.erase(scopes.begin(), list);
  for (llvm::StringRef scope : scopes) {
    // A child of a list has its parent's name in front: /m/m.0.
    if (!modules.empty() && scope.startswith((modules.back() + ".").str()))
      modules.pop_back();
    modules.push_back(scope);
  }
  while (modules.size() > 1 && (isPartOfModule(modules.back()) || isWatcher(modules.back())))
    modules.pop_back();
  return llvm::join(modules, ".");
}

} // namespace bstc::diagnose
