#ifndef BSTC_TESTS_SUPPORT_SESSIONS_H
#define BSTC_TESTS_SUPPORT_SESSIONS_H

#include "runtime/api/program_session.h"
#include "runtime/package/package.h"

#include <cstdio>
#include <cstdlib>

// Makes packages and sessions that a test cannot do without: a failure ends the test's program.
namespace bst::testing {

template <class T> T required(bstrt::Result<T> result) {
  if (!result)
    std::fprintf(stderr, "%s\n", result.error().message());
  return std::move(*result); // Aborts where there is none.
}

inline void require(const Status &status) {
  if (status.ok())
    return;
  std::fprintf(stderr, "%s\n", status.message().data());
  std::abort();
}

/// A package in memory.
inline bstrt::Package openBytes(std::span<const std::byte> bytes) {
  return required(bstrt::Package::fromMemory(
      {reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size()}));
}

/// The package of a program.
inline bstrt::Package openProgram(const Program &program) {
  std::vector<std::byte> bytes;
  require(writePackage(program, bytes));
  return openBytes(bytes);
}

/// The simulator; with an instruction set's kernels that this processor must have.
inline bstrt::Device simulatorDevice(const char *isa = nullptr) {
  return required(bstrt::Device::simulator(isa ? (std::string("isa=") + isa).c_str() : nullptr));
}

inline std::unique_ptr<ProgramSession> sessionOf(const bstrt::Package &package,
                                                 const bstrt::Device &device = simulatorDevice(),
                                                 ProgramSessionOptions options = {}) {
  std::unique_ptr<ProgramSession> session;
  require(ProgramSession::create(package, device, session, std::move(options)));
  return session;
}

} // namespace bst::testing

#endif // BSTC_TESTS_SUPPORT_SESSIONS_H
