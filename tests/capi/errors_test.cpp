// Versions, error codes and messages, names, handles that are none.
#include "fixture.h"

#include <cstdio>
#include <cstring>

namespace bst::testing {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(CVersion, IsTheHeadersOne) {
  EXPECT_STREQ(bst_version_string(), BSTC_VERSION); // That of CMake's project.
  unsigned major = 0, minor = 0, patch = 0;
  ASSERT_EQ(std::sscanf(BSTC_VERSION, "%u.%u.%u", &major, &minor, &patch), 3);
  EXPECT_EQ(bst_version(), major * 1000000 + minor * 1000 + patch); // As the header documents it.
}

TEST(CVersion, AHostOfAnotherAbiIsRefused) {
  bst_error error = {};
  EXPECT_EQ(bst_check_abi(BST_ABI_VERSION, &error), BST_OK);
  EXPECT_STREQ(error.message, "");
  EXPECT_EQ(bst_check_abi(BST_ABI_VERSION + 7, &error), BST_ERROR_UNSUPPORTED_VERSION);
  EXPECT_EQ(error.code, BST_ERROR_UNSUPPORTED_VERSION);
  EXPECT_THAT(error.message, HasSubstr("ABI version 8"));
  EXPECT_THAT(error.message, HasSubstr("has ABI version 1"));
}

TEST(CHandles, OthersAreRefused) {
  bst_error error = {};
  bst_package_info info = BST_INIT(bst_package_info);
  EXPECT_EQ(bst_package_get_info(nullptr, &info, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "package is NULL");
  const Held<bst_device> device = openSimulator();
  EXPECT_EQ(bst_package_get_info(reinterpret_cast<bst_package *>(device.get()), &info, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "package is not a handle of that type");
  EXPECT_EQ(bst_session_run(nullptr, 0, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "session is NULL");
  EXPECT_EQ(bst_session_create(nullptr, device.get(), nullptr, nullptr, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "session is NULL");
  EXPECT_STREQ(bst_device_name(nullptr), "");
  bst_package_release(nullptr);
  bst_device_release(nullptr);
  bst_session_destroy(nullptr);
}

// Every pointer that a function needs.
TEST(CHandles, NullIsRefusedByItsArgumentsName) {
  const Held<bst_package> held = openPackage(smallProgram().program);
  const Held<bst_device> heldDevice = openSimulator();
  const Held<bst_session> heldSession = createSession(held.get(), heldDevice.get());
  bst_package *package = held.get(), *openedPackage = nullptr;
  bst_device *device = heldDevice.get(), *openedDevice = nullptr;
  bst_session *session = heldSession.get(), *created = nullptr;
  bst_tensor_info tensor = BST_INIT(bst_tensor_info);
  bst_buffer buffer = BST_INIT(bst_buffer);
  const void *bytes = nullptr;
  size_t size = 0;
  uint32_t index = 0;
  bst_error e = {};
  const auto names = [&](const char *argument, bst_status status) {
    EXPECT_EQ(status, BST_ERROR_INVALID_ARGUMENT) << argument;
    EXPECT_EQ(e.message, std::string(argument) + " is NULL");
  };
  names("path", bst_package_open(nullptr, &openedPackage, &e));
  names("package", bst_package_open("x", nullptr, &e));
  names("bytes", bst_package_open_memory(nullptr, 8, BST_MEMORY_COPY, &openedPackage, &e));
  names("package", bst_package_open_memory(&size, 8, BST_MEMORY_COPY, nullptr, &e));
  names("info", bst_package_get_info(package, nullptr, &e));
  names("package", bst_package_get_bytes(nullptr, &bytes, &size, &e));
  names("bytes", bst_package_get_bytes(package, nullptr, &size, &e));
  names("size", bst_package_get_bytes(package, &bytes, nullptr, &e));
  for (const auto get : {bst_package_get_input, bst_package_get_output, bst_package_get_tensor}) {
    names("package", get(nullptr, 0, &tensor, &e));
    names("info", get(package, 0, nullptr, &e));
  }
  for (const auto find : {bst_package_find_input, bst_package_find_output}) {
    names("package", find(nullptr, "x", &index, &e));
    names("name", find(package, nullptr, &index, &e));
    names("index", find(package, "x", nullptr, &e));
  }
  names("package", bst_package_get_command(nullptr, 0, nullptr, &e));
  names("info", bst_package_get_command(package, 0, nullptr, &e));
  names("package", bst_package_get_preprocess(nullptr, 0, nullptr, &e));
  names("package", bst_package_get_decode(nullptr, nullptr, &e));
  names("info", bst_package_get_decode(package, nullptr, &e));
  EXPECT_EQ(bst_package_class_name(nullptr, 0), nullptr);
  names("driver", bst_device_open(nullptr, nullptr, &openedDevice, &e));
  names("device", bst_device_open(bst_simulator_driver(), nullptr, nullptr, &e));
  names("library", bst_device_load(nullptr, nullptr, &openedDevice, &e));
  names("device", bst_device_load("x.so", nullptr, nullptr, &e));
  names("name", bst_device_open_by_name(nullptr, nullptr, &openedDevice, &e));
  names("device", bst_device_open_by_name("x", nullptr, nullptr, &e));
  names("package", bst_session_create(nullptr, device, nullptr, &created, &e));
  names("device", bst_session_create(package, nullptr, nullptr, &created, &e));
  names("session", bst_session_create(package, device, nullptr, nullptr, &e));
  for (const auto use : {bst_session_write_input, bst_session_read_output, bst_session_bind_input,
                         bst_session_bind_output}) {
    names("session", use(nullptr, 0, 0, &buffer, &e));
    names("buffer", use(session, 0, 0, nullptr, &e));
  }
  for (const auto get : {bst_session_get_input, bst_session_get_output}) {
    names("session", get(nullptr, 0, 0, &buffer, &e));
    names("buffer", get(session, 0, 0, nullptr, &e));
  }
  names("session", bst_session_get_tensor(nullptr, 0, 0, &buffer, &e));
  names("session", bst_session_run(nullptr, 0, &e));
  names("session", bst_session_submit(nullptr, 0, &e));
  names("session", bst_session_wait(nullptr, 0, 0, &e));
  names("session", bst_session_cancel(nullptr, 0, &e));
  names("session", bst_session_selftest(nullptr, nullptr, &e));
  EXPECT_STREQ(bst_session_kernel(nullptr, 0), "");
  EXPECT_EQ(openedPackage, nullptr);
  EXPECT_EQ(openedDevice, nullptr);
  EXPECT_EQ(created, nullptr);
}

TEST(CErrors, LongMessagesAreCutAndNamesMadeFitForATerminal) {
  const Held<bst_package> package = openPackage(smallProgram().program);
  bst_error error = {};
  uint32_t index = 0;
  std::string evil(2000, 'x'); // A sum of the two sets off a warning of GCC 12.
  evil.insert(0, "bell\a");
  EXPECT_EQ(bst_package_find_input(package.get(), evil.c_str(), &index, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, StartsWith("no input is named 'bell?xxx"));
  EXPECT_THAT(error.message, HasSubstr("...'; the package has 'images'"));
  EXPECT_EQ(bst_set_error(&error, BST_ERROR_IO, std::string(5000, 'y').c_str()), BST_ERROR_IO);
  EXPECT_EQ(std::strlen(error.message), size_t(BST_MESSAGE_SIZE) - 1);
}

TEST(CErrors, CodesHaveNames) {
  const char *names[] = {"BST_OK",
                         "BST_ERROR_INVALID_ARGUMENT",
                         "BST_ERROR_CORRUPT_PACKAGE",
                         "BST_ERROR_UNSUPPORTED_VERSION",
                         "BST_ERROR_UNSUPPORTED",
                         "BST_ERROR_IO",
                         "BST_ERROR_OUT_OF_MEMORY",
                         "BST_ERROR_CANCELLED",
                         "BST_ERROR_TIMEOUT",
                         "BST_ERROR_BUSY",
                         "BST_ERROR_SELF_TEST"};
  for (bst_status status = 0; status <= BST_ERROR_SELF_TEST; ++status)
    EXPECT_STREQ(bst_status_name(status), names[status]); // The header's numbers never change.
  EXPECT_EQ(BST_ERROR_SELF_TEST, 10);
  EXPECT_STREQ(bst_status_name(BST_ERROR_SELF_TEST + 1), "unknown");
  EXPECT_STREQ(bst_status_name(-1), "unknown");
}

// Whatever a package, a path or a driver brings.
TEST(CErrors, MessagesAreOneLineOfUtf8) {
  const auto shown = [](const std::string &message) {
    bst_error error = {};
    bst_set_error(&error, BST_ERROR_IO, message.c_str());
    return std::string(error.message);
  };
  EXPECT_EQ(shown("two\nlines\x7f\x1b[1m"), "two?lines??[1m");
  const std::string sound = "\u00e4 \u20ac \U0001f697";
  EXPECT_EQ(shown(sound), sound);
  // Next line, control sequence introducer, line and paragraph separator.
  EXPECT_EQ(shown("\u0085 \u009b1m \u2028 \u2029 \u00a0"), "?? ??1m ??? ??? \u00a0");
  EXPECT_EQ(shown("alone \x80, lead \xc3, long \xf9."), "alone ?, lead ?, long ?.");
  // The forms that the standard forbids (RFC 3629): too long, a surrogate, beyond U+10FFFF.
  EXPECT_EQ(shown("\xc0\xaf \xe0\x80\xaf \xed\xa0\x80 \xf4\x90\x80\x80"), "?? ??? ??? ????");
  // Cut in the middle of a character, at the message's end and at a name's.
  std::string full(BST_MESSAGE_SIZE - 3, 'x'), expected = full;
  full.append("\u20ac");
  expected.append("??");
  EXPECT_EQ(shown(full), expected);
  const Held<bst_package> package = openPackage(smallProgram().program);
  std::string name = "x";
  for (int i = 0; i < 100; ++i)
    name += "\u00e4";
  bst_error error = {};
  uint32_t index = 0;
  EXPECT_EQ(bst_package_find_input(package.get(), name.c_str(), &index, &error),
            BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr("\u00e4?...'; the package has 'images'"));
  bst_package *opened = nullptr;
  EXPECT_EQ(bst_package_open("/no\nsuch", &opened, &error), BST_ERROR_IO);
  EXPECT_THAT(error.message, StartsWith("/no?such: "));
}

TEST(CErrors, SuccessClearsWhatWasThere) {
  bst_error error = {};
  ASSERT_EQ(bst_check_abi(BST_ABI_VERSION + 1, &error), BST_ERROR_UNSUPPORTED_VERSION);
  ASSERT_EQ(bst_check_abi(BST_ABI_VERSION, &error), BST_OK);
  EXPECT_EQ(error.code, BST_OK);
  EXPECT_STREQ(error.message, "");
  EXPECT_EQ(bst_set_error(&error, BST_ERROR_IO, nullptr), BST_ERROR_IO);
  EXPECT_EQ(error.code, BST_ERROR_IO);
  EXPECT_STREQ(error.message, "");
  EXPECT_EQ(bst_set_error(nullptr, BST_ERROR_IO, "no matter"), BST_ERROR_IO);
}

TEST(CNames, OfTypesAndLayouts) {
  EXPECT_STREQ(bst_dtype_name(BST_F32), "f32");
  EXPECT_STREQ(bst_dtype_name(BST_S8), "s8");
  EXPECT_STREQ(bst_dtype_name(BST_U8), "u8");
  EXPECT_STREQ(bst_dtype_name(BST_S32), "s32");
  EXPECT_STREQ(bst_dtype_name(4), "unknown");
  EXPECT_STREQ(bst_dtype_name(-1), "unknown");
  EXPECT_STREQ(bst_layout_name(BST_ROW_MAJOR), "row_major");
  EXPECT_STREQ(bst_layout_name(BST_NHWC), "nhwc");
  EXPECT_STREQ(bst_layout_name(BST_OHWI), "ohwi");
  EXPECT_STREQ(bst_layout_name(BST_PANELS), "panels");
  EXPECT_STREQ(bst_layout_name(4), "picture");
  EXPECT_STREQ(bst_layout_name(5), "unknown");
  EXPECT_STREQ(bst_layout_name(-1), "unknown");
}

} // namespace bst::testing
