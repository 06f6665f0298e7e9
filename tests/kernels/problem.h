#ifndef BSTC_TESTS_KERNELS_PROBLEM_H
#define BSTC_TESTS_KERNELS_PROBLEM_H

#include "tests/kernels/case.h"
#include "tests/kernels/rng.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

/// Problems for kernels: one command on made-up tensors, named by one line of text from which the
/// whole problem, data included, is made again:
///
///     conv s8u8 ic16 ih4 iw5 oc16 kh3 kw3 pt1 pl1 pb1 pr1 zx-3 seed42
///
/// The first word is the command's name (opcodeName), the second the element types, inputs before
/// the output; then fields: letters, then a number or numbers joined by 'x' (`d1x3x8x8`). A field
/// that is left out has its fallback. The differential tests draw problems; benchmarks may write
/// the lines they want.
namespace bst::problems {

struct Family;

struct Problem {
  const Family *family = nullptr;
  std::vector<DType> types;
  std::map<std::string, std::vector<int64_t>> fields; ///< What differs from the fallback.

  /// Value of a field that is one number; of a field that is a list.
  int64_t number(const std::string &field) const { return list(field).at(0); }
  const std::vector<int64_t> &list(const std::string &field) const;
  void set(const std::string &field, std::vector<int64_t> values);
  void set(const std::string &field, int64_t value) { set(field, std::vector<int64_t>{value}); }
  /// The one line.
  std::string text() const;
};

/// A field of a family: its fallback, and the range of each number.
struct Field {
  const char *name;
  std::vector<int64_t> fallback;
  int64_t least, most;
  size_t longest = 1; ///< Numbers that the list may have; 1: it is one number.
};

/// A kind of problem: one command.
struct Family {
  const char *name;
  std::vector<Field> fields; ///< In the order of the text.
  /// A random problem that the command's contract allows.
  Problem (*generate)(const Family &family, Rng &rng);
  /// Makes the command, its tensors and their data. Returns what is wrong with the problem, or
  /// nothing.
  std::string (*build)(const Problem &problem, Case &result);
};

/// Every family, in the order of bst::Params.
const std::vector<Family> &families();

/// Reads the line of Problem::text(). Empty with \p error set when it is not one.
std::optional<Problem> parseProblem(const std::string &text, std::string &error);

} // namespace bst::problems

#endif // BSTC_TESTS_KERNELS_PROBLEM_H
