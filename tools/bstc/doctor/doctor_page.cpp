#include "tools/bstc/doctor/doctor_report.h"

namespace bstc {

std::string doctorPage(const DoctorReport &report) { return doctorJson(report); }

} // namespace bstc
