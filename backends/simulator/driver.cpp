// The simulator as a driver behind bst/device.h.
#include "backends/simulator/simulation.h"
#include "runtime/api/caller_memory.h"
#include "runtime/api/handles.h"
#include "runtime/support/guard.h"

#include <bst/device.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace bst {
namespace {

using namespace api;

/// What `device` points to.
struct Opened {
  Isa isa = {};
  uint32_t frames = 0; ///< That it takes at a time; 0: any number.
};

/// "isa=NAME", "frames=N" or both, with a comma between them.
Status readOptions(std::string_view options, Opened &opened) {
  std::string isa;
  for (std::string_view left = options; !left.empty();) {
    const std::string_view option = left.substr(0, left.find(','));
    left.remove_prefix(std::min(left.size(), option.size() + 1));
    constexpr std::string_view isaOption = "isa=", framesOption = "frames=";
    const char *end = option.data() + option.size();
    if (option.starts_with(isaOption)) {
      isa = option.substr(isaOption.size());
      continue;
    }
    const char *number = option.data() + std::min(option.size(), framesOption.size());
    const auto [last, code] = std::from_chars(number, end, opened.frames);
    if (!option.starts_with(framesOption) || code != std::errc() || last != end || !opened.frames)
      return failed(StatusCode::InvalidArgument,
                    "options are {}, expected 'isa=NAME', 'frames=N' of 1 or more, or both with a "
                    "comma",
                    quoted(options));
  }
  return findIsa(isa.c_str(), opened.isa);
}

/// What `execution` points to: lies, with all that it keeps, in the session's memory. A session of
/// one frame computes on the thread that waits for it, helped by the crew. Of several frames, each
/// is computed by a member of the crew, helped by those that have none.
struct Running {
  Running(const bst_allocator &allocator, const Program &program, Isa isa,
          const bst_prepare_options &options)
      : memory(allocator), program(program), frames(options.frames, &memory),
        simulation(program, isa, options.threads, &memory), tracks(&memory), idle(&memory),
        crew(isAlone() ? 1 : 0, options.threads, &memory) {
    for (InFlight &frame : frames)
      frame.of = this;
  }

  /// A frame in flight, which the crew takes for a job.
  struct InFlight : Crew::Job {
    Running *of = nullptr;
    void *const *tensors = nullptr;
    const bst_completion *completion = nullptr;
    std::atomic<bool> cancelled{false};
  };
  /// What computes a frame, with the threads that help.
  struct Track {
    Track(const Simulation &simulation, std::span<const TensorView> tensors, Crew &crew,
          Memory *memory)
        : workers(crew, memory), lane(simulation, tensors, workers) {}
    Workers workers;
    Lane lane;
  };

  bool isAlone() const { return frames.size() == 1; }
  Status prepare(const bst_prepare_options &options);
  /// Computes a frame on the thread with that number, and reports it.
  void compute(InFlight &frame, unsigned thread);
  /// Returns the command before which it was given up, or BST_NO_COMMAND.
  uint32_t runCommands(const InFlight &frame, Lane &lane) const;

  CallerMemory memory;
  const Program &program;
  std::pmr::vector<InFlight> frames;
  Simulation simulation;
  std::pmr::vector<Owned<Track>> tracks; ///< As many as can be at work at a time.
  std::mutex mutex;                      ///< Of the next one.
  std::pmr::vector<Track *> idle;
  Crew crew; ///< Last: its members end first.
};

Status Running::prepare(const bst_prepare_options &options) {
  if (!isAlone() && !crew.size())
    return failed(StatusCode::OutOfMemory, "the system grants no thread for frames in flight");
  std::pmr::vector<TensorView> views(&memory);
  views.reserve(program.tensors.size());
  for (size_t i = 0; i < program.tensors.size(); ++i)
    views.push_back({&program.tensors[i], static_cast<std::byte *>(options.tensors[i])});
  if (Status failure = simulation.prepare(views, options.keep_tensors != 0); !failure.ok())
    return failure;
  const size_t count = isAlone() ? 1 : std::min<size_t>(frames.size(), crew.size());
  tracks.reserve(count);
  idle.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    tracks.push_back(makeIn<Track>(&memory, simulation, views, crew, &memory));
    idle.push_back(tracks.back().get());
    if (Status failure = tracks.back()->lane.allocate(); !failure.ok())
      return failure;
  }
  return {};
}

uint32_t Running::runCommands(const InFlight &frame, Lane &lane) const {
  using Clock = std::chrono::steady_clock;
  const bst_completion &completion = *frame.completion;
  for (uint32_t command = 0; command < program.commands.size(); ++command) {
    if (frame.cancelled.load(std::memory_order_relaxed))
      return command;
    const Clock::time_point begin = completion.command ? Clock::now() : Clock::time_point();
    simulation.run(command, lane);
    if (completion.command)
      completion.command(completion.cookie, command,
                         std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return BST_NO_COMMAND;
}

/// Ends a frame, which is the runtime's afterwards. \p command: before which it was given up.
void reportEnd(const bst_completion &completion, uint32_t command) {
  bst_error why;
  if (command != BST_NO_COMMAND)
    fail(&why, BST_ERROR_CANCELLED, "cancelled");
  completion.done(completion.cookie, command == BST_NO_COMMAND ? nullptr : &why, command);
}

void Running::compute(InFlight &frame, unsigned thread) {
  Track *track = nullptr;
  {
    const std::lock_guard lock(mutex);
    track = idle.back(); // There is one for each thread that comes here.
    idle.pop_back();
  }
  track->workers.setCaller(thread);
  track->lane.bind(frame.tensors);
  const uint32_t givenUp = runCommands(frame, track->lane);
  {
    const std::lock_guard lock(mutex);
    idle.push_back(track);
  }
  reportEnd(*frame.completion, givenUp);
}

bst_status open(const char *options, void **device, bst_error *error) {
  return report(withoutThrowing([&] {
                  Opened opened;
                  Status status = readOptions(options ? options : "", opened);
                  if (status.ok())
                    *device = new Opened(opened);
                  return status;
                }),
                error);
}

void close(void *device) { delete static_cast<Opened *>(device); }

uint32_t capacity(void *device) { return static_cast<Opened *>(device)->frames; }

void release(void *, void *execution) {
  auto *running = static_cast<Running *>(execution);
  CallerMemory memory(running->memory.functions());
  running->~Running();
  memory.deallocate(running, sizeof(Running), alignof(Running));
}

bst_status prepare(void *device, const bst_package *package, const bst_prepare_options *options,
                   void **execution, bst_error *error) {
  const Status status = withoutThrowing([&] {
    CallerMemory memory(*options->allocator);
    Owned<Running> running = makeIn<Running>(&memory, *options->allocator, programOf(package),
                                             static_cast<Opened *>(device)->isa, *options);
    if (Status failure = running->prepare(*options); !failure.ok())
      return failure;
    *execution = running.release(); // release() gives it back.
    return Status();
  });
  return report(status, error);
}

bst_status begin(void *execution, uint32_t frame, void *const *tensors,
                 const bst_completion *completion, bst_error *error) {
  auto &running = *static_cast<Running *>(execution);
  Running::InFlight &begun = running.frames[frame];
  begun.tensors = tensors;
  begun.completion = completion;
  begun.cancelled = false;
  begun.run = [](Crew::Job &job, unsigned member) {
    auto &of = static_cast<Running::InFlight &>(job);
    of.of->compute(of, member);
  };
  if (!running.isAlone()) // Else the host's thread comes to wait.
    running.crew.submit(begun);
  return succeed(error);
}

void wait(void *execution, uint32_t frame) {
  auto &running = *static_cast<Running *>(execution);
  if (running.isAlone())
    running.compute(running.frames[frame], 0);
}

/// One that nobody has begun to compute ends now; else it ends before its next command.
void cancel(void *execution, uint32_t frame) {
  auto &running = *static_cast<Running *>(execution);
  Running::InFlight &given = running.frames[frame];
  given.cancelled = true;
  if (running.crew.withdraw(given))
    reportEnd(*given.completion, 0);
}

const char *kernel(void *execution, uint32_t command) {
  return static_cast<Running *>(execution)->simulation.kernelName(command);
}

/// Text in memory of a fixed size; what does not fit is cut.
struct Line final : TextSink {
  explicit Line(std::span<char> memory) : memory(memory) { memory.front() = '\0'; }
  void append(std::string_view part) override {
    length += part.copy(&memory[length], memory.size() - 1 - length);
    memory[length] = '\0';
  }
  const std::span<char> memory;
  size_t length = 0;
};

void explain(void *execution, uint32_t command, bst_kernel_info *info) {
  const Simulation &simulation = static_cast<Running *>(execution)->simulation;
  info->pass = simulation.passOf(command);
  Line refusals(info->refusals);
  simulation.refusals(command, refusals);
}

constexpr bst_device_driver driver = {.abi_version = BST_DEVICE_ABI_VERSION,
                                      .struct_size = sizeof(bst_device_driver),
                                      .name = "simulator",
                                      .open = open,
                                      .close = close,
                                      .prepare = prepare,
                                      .release = release,
                                      .begin = begin,
                                      .finish = nullptr,
                                      .cancel = cancel,
                                      .wait = wait,
                                      .capacity = capacity,
                                      .kernel = kernel,
                                      .explain = explain};

} // namespace
} // namespace bst

const bst_device_driver *bst_simulator_driver(void) noexcept { return &bst::driver; }
