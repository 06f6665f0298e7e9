#ifndef BSTC_TESTS_SUPPORT_SESSIONS_H
#define BSTC_TESTS_SUPPORT_SESSIONS_H

#include "runtime/api/program_session.h"
#include "runtime/package/package.h"

#include <gtest/gtest.h>

namespace bst::testing {

/// A package in memory that must be sound.
inline bstrt::Package openBytes(std::span<const std::byte> bytes) {
  bstrt::Result<bstrt::Package> package = bstrt::Package::fromMemory(
      {reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size()});
  EXPECT_TRUE(package) << package.error().message();
  return *package;
}

/// The package of a program that must be valid.
inline bstrt::Package openProgram(const Program &program) {
  std::vector<std::byte> bytes;
  const Status status = writePackage(program, bytes);
  EXPECT_TRUE(status.ok()) << status.message();
  return openBytes(bytes);
}

/// The simulator; with an instruction set's kernels that this processor must have.
inline bstrt::Device simulatorDevice(const char *isa = nullptr) {
  bstrt::Result<bstrt::Device> device =
      bstrt::Device::simulator(isa ? (std::string("isa=") + isa).c_str() : nullptr);
  EXPECT_TRUE(device) << device.error().message();
  return *device;
}

/// A session that must come to be.
inline std::unique_ptr<ProgramSession> sessionOf(const bstrt::Package &package,
                                                 const bstrt::Device &device = simulatorDevice(),
                                                 ProgramSessionOptions options = {}) {
  std::unique_ptr<ProgramSession> session;
  const Status status = ProgramSession::create(package, device, session, std::move(options));
  EXPECT_TRUE(status.ok()) << status.message();
  return session;
}

} // namespace bst::testing

#endif // BSTC_TESTS_SUPPORT_SESSIONS_H
