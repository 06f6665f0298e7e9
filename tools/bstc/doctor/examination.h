#ifndef BSTC_TOOLS_BSTC_DOCTOR_EXAMINATION_H
#define BSTC_TOOLS_BSTC_DOCTOR_EXAMINATION_H

#include "driver/compile.h"
#include "tools/bstc/blame/blame_inputs.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/doctor/doctor_report.h"

namespace bstc {

/// Looks at a model in order of cost: the file alone, beside the reference, on pictures, in mAP.
class Examination {
public:
  explicit Examination(const Arguments &arguments) : arguments(arguments) {}

  /// Reads the files and what the command line names. Nothing is written. Errors: the files', a
  /// UsageError.
  llvm::Error prepare();
  /// Files that are read: those of the options, pictures, the dataset's.
  std::vector<NamedPath> sources() const;
  /// Looks. Errors: those of running the network; what cannot be looked at for another reason is
  /// a note of the report.
  llvm::Error run();

  DoctorReport report;

private:
  llvm::Error readFiles();
  llvm::Error readPictures();
  llvm::Error lintFile();
  llvm::Error compare();
  bool isMeasurable();
  llvm::Error measure();
  llvm::Error measureAccuracy();
  llvm::Error noteIfNoDetector(llvm::Error error);
  llvm::Error measureReference(DoctorAccuracy &accuracy);
  llvm::Error measureEdits(DoctorAccuracy &accuracy);
  llvm::Expected<std::optional<diagnose::Score>> measureUndone(llvm::ArrayRef<unsigned> edits,
                                                               DoctorAccuracy &accuracy);
  std::vector<diagnose::Part> partsInFloat(std::vector<size_t> &faults) const;
  bool isUndone(const diagnose::Fault &fault) const;

  const Arguments &arguments;
  unsigned threads = 1;
  CompileOptions options;
  std::optional<Graph> imported, reference;
  std::optional<Compilation> compilation; ///< Where pictures are given.
  std::optional<Dataset> dataset;
  std::optional<BlameInputs> inputs;
};

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_DOCTOR_EXAMINATION_H
