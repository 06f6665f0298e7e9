// Where a session's memory comes from, and that running takes none.
#include "fixture.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <new>

// Allocations by operator new of this thread, all of them.
static thread_local long newCalls = 0;
[[gnu::noinline]] void *operator new(size_t size) {
  ++newCalls;
  void *memory = std::malloc(size ? size : 1);
  if (!memory)
    throw std::bad_alloc();
  return memory;
}
// All forms: a sanitizer brings its own of those that are not here.
[[gnu::noinline]] void *operator new(size_t size, const std::nothrow_t &) noexcept {
  ++newCalls;
  return std::malloc(size ? size : 1);
}
[[gnu::noinline]] void operator delete(void *memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void *memory, size_t) noexcept { std::free(memory); }

namespace bst::testing {

using ::testing::HasSubstr;

namespace {

/// Counts, and checks that everything comes back as it was given out.
struct Account {
  bst_allocator allocator() {
    return {this,
            [](void *user, size_t size, size_t alignment) {
              return static_cast<Account *>(user)->give(size, alignment);
            },
            [](void *user, void *memory, size_t size, size_t alignment) {
              static_cast<Account *>(user)->take(memory, size, alignment);
            }};
  }
  void *give(size_t size, size_t alignment) {
    if (left == 0)
      return nullptr;
    left -= left > 0;
    const size_t rounded = (size + alignment - 1) / alignment * alignment;
    void *memory = std::aligned_alloc(alignment < 16 ? 16 : alignment,
                                      alignment < 16 ? (size + 15) / 16 * 16 : rounded);
    if (isCounting)
      blocks[memory] = {size, alignment};
    bytes += size;
    ++calls;
    return memory;
  }
  void take(void *memory, size_t size, size_t alignment) {
    const auto block = blocks.find(memory);
    if (block == blocks.end() || block->second != std::pair(size, alignment))
      ++mistakes;
    else
      blocks.erase(block);
    std::free(memory);
  }
  bool isCounting = true; ///< Keeps book of each block, which takes memory of the heap.
  long left = -1;         ///< Allocations that still succeed; negative: all.
  std::map<void *, std::pair<size_t, size_t>> blocks;
  size_t bytes = 0, calls = 0;
  int mistakes = 0;
};

class SessionMemory : public ::testing::Test {
protected:
  bst_session_options optionsWith(const bst_allocator &allocator, uint32_t frames = 1) {
    bst_session_options options = BST_INIT(bst_session_options);
    options.allocator = &allocator;
    options.frames = frames;
    return options;
  }
  TestProgram test = completeProgram();
  Held<bst_package> package = openPackage(test.program);
  Held<bst_device> device = openSimulator();
};

} // namespace

TEST_F(SessionMemory, ComesFromTheCallerAndGoesBack) {
  Account account;
  const bst_allocator allocator = account.allocator();
  Held<bst_session> session = createSession(package.get(), device.get(), optionsWith(allocator, 2));
  EXPECT_GE(account.bytes, 2 * test.program.arenaSize);
  EXPECT_GT(account.blocks.size(), 0u);
  writePicture(session.get(), package.get(), 1, 4);
  ASSERT_EQ(bst_session_run(session.get(), 1, nullptr), BST_OK);
  expectClose(readOutputs(session.get(), package.get(), 1)[1], expectedOutputs(test.program, 4)[1]);
  session.reset();
  EXPECT_EQ(account.blocks.size(), 0u);
  EXPECT_EQ(account.mistakes, 0);
}

TEST_F(SessionMemory, NoneOfItComesFromTheHeap) {
  Account account;
  const bst_allocator allocator = account.allocator();
  bst_session_options options = optionsWith(allocator, 2);
  options.threads = 3;
  bst_session *session = nullptr;
  account.isCounting = false; // Its own map.
  const long before = newCalls;
  const bst_status status =
      bst_session_create(package.get(), device.get(), &options, &session, nullptr);
  const long after = newCalls;
  EXPECT_EQ(status, BST_OK);
  EXPECT_EQ(after, before);
  EXPECT_GT(account.calls, 20u);
  account.isCounting = true;
  bst_session_destroy(session);
}

TEST_F(SessionMemory, TheArenaMayBeTheCallers) {
  Account account;
  const bst_allocator allocator = account.allocator();
  bst_session_options options = optionsWith(allocator, 2);
  Aligned arena(2 * test.program.arenaSize);
  options.arena = arena.data();
  options.arena_size = arena.size();
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  bst_buffer input = BST_INIT(bst_buffer);
  for (uint32_t frame : {0, 1}) {
    ASSERT_EQ(bst_session_get_input(session.get(), frame, 0, &input, nullptr), BST_OK);
    const auto *data = static_cast<std::byte *>(input.data);
    EXPECT_GE(data, arena.data() + frame * test.program.arenaSize);
    EXPECT_LT(data, arena.data() + (frame + 1) * test.program.arenaSize);
  }
  writePicture(session.get(), package.get(), 0, 4);
  ASSERT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK);
  expectClose(readOutputs(session.get(), package.get(), 0)[1], expectedOutputs(test.program, 4)[1]);
}

TEST_F(SessionMemory, RefusesOptionsThatCannotBe) {
  const auto refusal = [&](const bst_session_options &options) {
    bst_error error = {};
    auto *session = reinterpret_cast<bst_session *>(&error); // Is set in any case.
    EXPECT_EQ(bst_session_create(package.get(), device.get(), &options, &session, &error),
              BST_ERROR_INVALID_ARGUMENT);
    EXPECT_EQ(session, nullptr);
    return std::string(error.message);
  };
  Aligned arena(2 * test.program.arenaSize);
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = 2;
  options.arena = arena.data();
  options.arena_size = arena.size() - 1;
  const std::string one = std::to_string(test.program.arenaSize);
  EXPECT_EQ(refusal(options), "options->arena_size is " + std::to_string(arena.size() - 1) +
                                  ", expected at least " + std::to_string(arena.size()) +
                                  ": 2 frames of " + one + " bytes");
  options.arena = arena.data() + 8;
  EXPECT_EQ(refusal(options), "options->arena lies 8 bytes past a multiple of 64");
  options.arena = nullptr;
  EXPECT_THAT(refusal(options), ::testing::EndsWith(", but options->arena is NULL"));
  options = BST_INIT(bst_session_options);
  options.threads = 257;
  EXPECT_EQ(refusal(options), "options->threads is 257, expected 1 to 256");
  options = BST_INIT(bst_session_options);
  options.frames = 65;
  EXPECT_EQ(refusal(options), "options->frames is 65, expected 1 to 64");
  options = {};
  EXPECT_THAT(refusal(options), HasSubstr("options->struct_size is 0"));
  bst_allocator half = Account().allocator();
  half.deallocate = nullptr;
  options = BST_INIT(bst_session_options);
  options.allocator = &half;
  EXPECT_EQ(refusal(options), "options->allocator has no function 'deallocate'");
  half = Account().allocator();
  half.allocate = nullptr;
  EXPECT_EQ(refusal(options), "options->allocator has no function 'allocate'");
}

TEST_F(SessionMemory, ArenasStartAsZeros) {
  Aligned arena(2 * test.program.arenaSize);
  std::memset(arena.data(), 0x5a, arena.size());
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = 2;
  options.arena = arena.data();
  options.arena_size = arena.size();
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  EXPECT_EQ(arena.contents(), std::vector<std::byte>(arena.size()));
}

TEST_F(SessionMemory, OptionsOfAnOlderHostEndWhereItsStructureDoes) {
  bst_session_options options = BST_INIT(bst_session_options);
  options.struct_size = offsetof(bst_session_options, frames);
  options.frames = 1000; // Not the host's: memory that follows its structure.
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  bst_error error = {};
  EXPECT_EQ(bst_session_submit(session.get(), 0, &error), BST_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr("the session has one frame"));
}

TEST_F(SessionMemory, OptionsOfANewerHostAreTakenWhereTheyAskForNothing) {
  struct Newer {
    bst_session_options known = BST_INIT(bst_session_options);
    uint64_t unknown = 0;
  } newer;
  newer.known.struct_size = sizeof(newer);
  bst_session *session = nullptr;
  bst_error error = {};
  ASSERT_EQ(bst_session_create(package.get(), device.get(), &newer.known, &session, &error), BST_OK)
      << error.message;
  bst_session_destroy(session);
  newer.unknown = 1;
  EXPECT_EQ(bst_session_create(package.get(), device.get(), &newer.known, &session, &error),
            BST_ERROR_UNSUPPORTED_VERSION);
  EXPECT_THAT(error.message, HasSubstr("options->struct_size is "));
}

TEST_F(SessionMemory, ThatIsNotThereIsAnErrorWhereverItIsMissing) {
  Account account;
  const bst_allocator allocator = account.allocator();
  for (long allocations = 0;; ++allocations) {
    ASSERT_LT(allocations, 10000);
    account.left = allocations;
    bst_session *session = nullptr;
    bst_error error = {};
    const bst_session_options options = optionsWith(allocator, 2);
    const bst_status status =
        bst_session_create(package.get(), device.get(), &options, &session, &error);
    if (status == BST_OK) {
      EXPECT_GT(allocations, 0);
      account.left = -1;
      writePicture(session, package.get(), 0, 4);
      EXPECT_EQ(bst_session_run(session, 0, nullptr), BST_OK);
      expectClose(readOutputs(session, package.get(), 0)[1], expectedOutputs(test.program, 4)[1]);
      bst_session_destroy(session);
      break;
    }
    ASSERT_EQ(status, BST_ERROR_OUT_OF_MEMORY) << error.message;
    ASSERT_EQ(session, nullptr);
    ASSERT_EQ(account.blocks.size(), 0u) << "after " << allocations << " allocations";
  }
  EXPECT_EQ(account.mistakes, 0);
}

TEST_F(SessionMemory, RunningTakesNone) {
  Account account;
  const bst_allocator allocator = account.allocator();
  const Held<bst_session> session =
      createSession(package.get(), device.get(), optionsWith(allocator, 2));
  std::vector<float> values = picture(package.get(), 4);
  const bst_buffer input = inputBuffer(package.get(), 0, values.data());
  Aligned boxes(160 * 6 * 4);
  const bst_buffer output = outputBuffer(package.get(), 0, boxes.data());
  bst_buffer wrong = input;
  wrong.dtype = BST_S32;
  bst_error error = {};

  const size_t before = account.calls;
  const long newBefore = newCalls;
  bst_status statuses[8];
  statuses[0] = bst_session_write_input(session.get(), 0, 0, &input, &error);
  statuses[1] = bst_session_bind_output(session.get(), 0, 0, &output, &error);
  statuses[2] = bst_session_run(session.get(), 0, &error);
  statuses[3] = bst_session_submit(session.get(), 1, &error);
  statuses[4] = bst_session_wait(session.get(), 1, -1, &error);
  statuses[5] = bst_session_read_output(session.get(), 0, 0, &output, &error);
  statuses[6] = bst_session_cancel(session.get(), BST_ALL_FRAMES, &error);
  statuses[7] = bst_session_write_input(session.get(), 0, 0, &wrong, &error);
  const long newAfter = newCalls;
  EXPECT_EQ(newAfter, newBefore);
  EXPECT_EQ(account.calls, before);
  for (int i = 0; i < 7; ++i)
    EXPECT_EQ(statuses[i], BST_OK) << i;
  EXPECT_EQ(statuses[7], BST_ERROR_INVALID_ARGUMENT) << "an error takes none either";
}

} // namespace bst::testing
