#include "fixture.h"

#include "tests/reference/reference.h"
#include "tests/support/program_run.h"

#include <cmath>
#include <cstring>

namespace bst::testing {

Held<bst_package> openPackage(const Program &program) { return openPackage(packageOf(program)); }

Held<bst_package> openPackage(const std::vector<std::byte> &bytes) {
  bst_package *package = nullptr;
  bst_error error = {};
  EXPECT_EQ(bst_package_open_memory(bytes.data(), bytes.size(), BST_MEMORY_COPY, &package, &error),
            BST_OK)
      << error.message;
  return Held<bst_package>(package);
}

Held<bst_device> openDevice(const bst_device_driver &driver) {
  bst_device *device = nullptr;
  bst_error error = {};
  EXPECT_EQ(bst_device_open(&driver, nullptr, &device, &error), BST_OK) << error.message;
  return Held<bst_device>(device);
}

Held<bst_device> openSimulator() { return openDevice(*bst_simulator_driver()); }

Held<bst_session> createSession(bst_package *package, bst_device *device,
                                const bst_session_options &options) {
  bst_session *session = nullptr;
  bst_error error = {};
  EXPECT_EQ(bst_session_create(package, device, &options, &session, &error), BST_OK)
      << error.message;
  return Held<bst_session>(session);
}

static bst_buffer bufferOf(const bst_tensor_info &info, void *data) {
  bst_buffer buffer = BST_INIT(bst_buffer);
  buffer.data = data;
  buffer.size = info.size;
  buffer.dtype = info.dtype;
  buffer.layout = info.layout;
  buffer.rank = info.rank;
  std::memcpy(buffer.shape, info.shape, sizeof(buffer.shape));
  return buffer;
}

bst_buffer inputBuffer(const bst_package *package, uint32_t index, void *data) {
  bst_tensor_info info = BST_INIT(bst_tensor_info);
  EXPECT_EQ(bst_package_get_input(package, index, &info, nullptr), BST_OK);
  return bufferOf(info, data);
}

bst_buffer outputBuffer(const bst_package *package, uint32_t index, void *data) {
  bst_tensor_info info = BST_INIT(bst_tensor_info);
  EXPECT_EQ(bst_package_get_output(package, index, &info, nullptr), BST_OK);
  return bufferOf(info, data);
}

static std::vector<float> pictureOf(size_t elements, uint32_t seed) {
  std::vector<float> values(elements);
  uint32_t state = seed * 2654435761u + 1;
  for (float &value : values) {
    state = state * 1664525u + 1013904223u;
    value = float(state >> 8) / float(1 << 24) * 2 - 1;
  }
  return values;
}

std::vector<float> picture(const bst_package *package, uint32_t seed) {
  return pictureOf(inputBuffer(package, 0, nullptr).size / sizeof(float), seed);
}

std::vector<std::vector<std::byte>> expectedOutputs(const Program &program, uint32_t seed) {
  const auto reference = createReference();
  ProgramRun run(program, *reference);
  EXPECT_TRUE(run.status().ok());
  const std::span<std::byte> input = run.data(program.inputs[0]);
  std::memcpy(input.data(), pictureOf(input.size() / sizeof(float), seed).data(), input.size());
  EXPECT_TRUE(run.run().ok());
  std::vector<std::vector<std::byte>> outputs;
  for (uint32_t output : program.outputs) {
    const std::span<std::byte> data = run.data(output);
    outputs.emplace_back(data.begin(), data.end());
  }
  return outputs;
}

void expectClose(const std::vector<std::byte> &actual, const std::vector<std::byte> &expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); i += sizeof(float)) {
    float a, b;
    std::memcpy(&a, &actual[i], sizeof(float));
    std::memcpy(&b, &expected[i], sizeof(float));
    ASSERT_NEAR(a, b, 1e-5 * std::abs(b) + 1e-7) << i; // Sums of numbers up to 1 cancel.
  }
}

std::vector<std::vector<std::byte>> readOutputs(bst_session *session, bst_package *package,
                                                uint32_t frame) {
  bst_package_info info = BST_INIT(bst_package_info);
  bst_package_get_info(package, &info, nullptr);
  std::vector<std::vector<std::byte>> outputs;
  for (uint32_t i = 0; i < info.outputs; ++i) {
    outputs.emplace_back(outputBuffer(package, i, nullptr).size);
    const bst_buffer to = outputBuffer(package, i, outputs.back().data());
    bst_error error = {};
    EXPECT_EQ(bst_session_read_output(session, frame, i, &to, &error), BST_OK) << error.message;
  }
  return outputs;
}

void writePicture(bst_session *session, bst_package *package, uint32_t frame, uint32_t seed) {
  std::vector<float> values = picture(package, seed);
  const bst_buffer from = inputBuffer(package, 0, values.data());
  bst_error error = {};
  EXPECT_EQ(bst_session_write_input(session, frame, 0, &from, &error), BST_OK) << error.message;
}

// A driver's table has no argument of its own, so what it is told is a global of this test.
static Onlooker::Look theLook;
static bst_prepare_options thePrepared;

namespace {

/// What the driver's `execution` points to.
struct Looked {
  struct Frame {
    Looked *of = nullptr;
    uint32_t number = 0;
    void *const *tensors = nullptr;
    const bst_completion *host = nullptr;
    bst_completion own = {};
    bst_error failure = {};
    uint32_t failed = BST_NO_COMMAND;
  };
  void *execution = nullptr; ///< The simulator's.
  std::vector<Frame> frames;
};

const bst_device_driver &simulator() { return *bst_simulator_driver(); }

void onDone(void *cookie, const bst_error *failure, uint32_t command) {
  auto &frame = *static_cast<Looked::Frame *>(cookie);
  const bst_error own = frame.failure;
  const bool failed = frame.failed != BST_NO_COMMAND;
  frame.host->done(frame.host->cookie, failed ? &own : failure, failed ? frame.failed : command);
}

void onCommand(void *cookie, uint32_t command, double seconds) {
  auto &frame = *static_cast<Looked::Frame *>(cookie);
  frame.failure.code = theLook(frame.number, command, frame.tensors, &frame.failure);
  if (frame.failure.code != BST_OK) {
    frame.failed = command;
    simulator().cancel(frame.of->execution, frame.number);
  } else if (frame.host->command) {
    frame.host->command(frame.host->cookie, command, seconds);
  }
}

bst_status prepareLooked(void *device, const bst_package *package,
                         const bst_prepare_options *options, void **execution, bst_error *error) {
  thePrepared = *options;
  auto looked = std::make_unique<Looked>();
  looked->frames.resize(options->frames);
  const bst_status status =
      simulator().prepare(device, package, options, &looked->execution, error);
  if (status == BST_OK)
    *execution = looked.release();
  return status;
}

void releaseLooked(void *device, void *execution) {
  const std::unique_ptr<Looked> looked(static_cast<Looked *>(execution));
  simulator().release(device, looked->execution);
}

bst_status beginLooked(void *execution, uint32_t number, void *const *tensors,
                       const bst_completion *completion, bst_error *error) {
  auto &looked = *static_cast<Looked *>(execution);
  Looked::Frame &frame = looked.frames[number];
  frame = {&looked, number, tensors, completion};
  frame.own = {sizeof(bst_completion), &frame, onDone, onCommand};
  return simulator().begin(looked.execution, number, tensors, &frame.own, error);
}

void *simulatedBy(void *execution) { return static_cast<Looked *>(execution)->execution; }

} // namespace

Onlooker::Onlooker(Look look, const char *name) : table(simulator()) {
  theLook = std::move(look);
  table.name = name;
  table.prepare = prepareLooked;
  table.release = releaseLooked;
  table.begin = beginLooked;
  table.cancel = [](void *execution, uint32_t frame) {
    simulator().cancel(simulatedBy(execution), frame);
  };
  table.wait = [](void *execution, uint32_t frame) {
    simulator().wait(simulatedBy(execution), frame);
  };
  table.kernel = [](void *execution, uint32_t command) {
    return simulator().kernel(simulatedBy(execution), command);
  };
  table.explain = [](void *execution, uint32_t command, bst_kernel_info *info) {
    simulator().explain(simulatedBy(execution), command, info);
  };
}

Onlooker::~Onlooker() { theLook = nullptr; }

const bst_prepare_options &Onlooker::prepared() { return thePrepared; }

Gate::Gate()
    : onlooker(
          [this](uint32_t, uint32_t, void *const *, bst_error *) -> bst_status {
            std::unique_lock lock(mutex);
            most = std::max(most, ++guests);
            changed.notify_all();
            changed.wait(lock, [&] { return isOpen; });
            --guests;
            return BST_OK;
          },
          "gated") {}

void Gate::open() {
  const std::lock_guard lock(mutex);
  isOpen = true;
  changed.notify_all();
}

size_t Gate::mostGuests() {
  const std::lock_guard lock(mutex);
  return most;
}

void Gate::waitForGuest(size_t count) {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return guests >= count; });
}

} // namespace bst::testing
