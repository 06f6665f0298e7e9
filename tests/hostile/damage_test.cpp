// Damaged copies of accepted packages. As they are, the hash refuses all of them. With length and
// hash made right, each is refused, or runs to its end within limits in proportion to the original.
// An ordinary run tries a sample, BSTC_EXHAUSTIVE=1 everything; of that, BSTC_PART=I/N the attempts
// number I, I + N, I + 2N, ..., for N processes side by side (scripts/test-hostile.sh).
#include "tests/hostile/attempt.h"
#include "tests/hostile/fields.h"
#include "tests/hostile/subjects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <random>

#include <sys/resource.h>

// Memory that was freed is kept from being used again for a while: a short one, so that the
// process's size is the package's doing.
extern "C" const char *__asan_default_options();
extern "C" const char *__asan_default_options() {
  return "malloc_context_size=2:quarantine_size_mb=16";
}

namespace bst::testing {

bool exhaustive() {
  const char *set = std::getenv("BSTC_EXHAUSTIVE");
  return set && *set && *set != '0';
}

namespace {

constexpr unsigned flips[] = {0x01, 0x80, 0xff};

/// A subject, loaded once.
struct Original {
  Subject subject;
  Limits limits;
  size_t weightsAt = 0, weightsEnd = 0; ///< In the file.
};

const std::vector<Original> &originals() {
  static const std::vector<Original> loaded = [] {
    std::vector<Original> result;
    for (Subject &subject : subjects()) {
      std::unique_ptr<Package> package;
      const Status status = Package::fromMemory(subject.package, package);
      EXPECT_TRUE(status.ok()) << subject.name << ": " << status.message();
      Original &made = result.emplace_back();
      made.limits = limitsFor(package->program());
      // The weights lie last, in one piece.
      made.weightsAt = subject.package.size() - package->program().weightsSize;
      made.weightsEnd = subject.package.size();
      made.subject = std::move(subject);
    }
    return result;
  }();
  return loaded;
}

/// Of an exhaustive run, what this process tries.
struct Part {
  size_t number = 0, of = 1;
};

Part thisPart() {
  Part part;
  const char *text = std::getenv("BSTC_PART");
  if (text && (std::sscanf(text, "%zu/%zu", &part.number, &part.of) != 2 || part.number >= part.of))
    ADD_FAILURE() << "BSTC_PART is '" << text << "', expected I/N with I below N";
  return part;
}

/// Indices below `count`: all of this part, or a random sample; its seed is printed.
std::vector<size_t> chosen(size_t count, size_t sample) {
  std::vector<size_t> all;
  const Part part = exhaustive() ? thisPart() : Part();
  for (size_t i = part.number; i < count; i += part.of)
    all.push_back(i);
  if (exhaustive() || sample >= count)
    return all;
  const unsigned seed = std::random_device()();
  std::cout << "seed " << seed << std::endl;
  std::mt19937 random(seed);
  std::vector<size_t> picked;
  std::sample(all.begin(), all.end(), std::back_inserter(picked), sample, random);
  return picked;
}

/// Where weights are flipped: at 10,000 random places, or at some of them.
std::vector<size_t> weightsChosen(const Original &original, size_t sample) {
  std::mt19937 random(1);
  std::vector<size_t> places(original.weightsEnd > original.weightsAt ? 10000 : 0);
  for (size_t &at : places)
    at = original.weightsAt + random() % (original.weightsEnd - original.weightsAt);
  std::vector<size_t> picked;
  for (size_t index : chosen(places.size(), sample))
    picked.push_back(places[index]);
  return picked;
}

unsigned weightFlip(size_t at) { return 1 + unsigned(at * 37 % 255); }

double processorSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

/// Of memory, the most so far.
uint64_t mostBytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return uint64_t(usage.ru_maxrss) * 1024;
}

/// What became of many damaged copies, printed at the end. None may take more of the processor or
/// of memory than the limits that it was loaded with account for.
class Tally {
public:
  Tally(const Original &original, const std::string &how)
      : what(original.subject.name + " " + how), limits(original.limits),
        bytesAllowed(mostBytes() + 4 * limits.arenaBytes + 8 * original.subject.package.size()) {}
  ~Tally() {
    std::cout << what << ": " << refused << " refused, " << ran << " ran, longest " << longest
              << " s, " << processorSeconds() - begin << " s in all, " << mostBytes() / (1 << 20)
              << " MiB at most" << std::endl;
    EXPECT_LE(longest, secondsAllowed) << what;
    EXPECT_LE(mostBytes(), bytesAllowed) << what;
  }

  /// Tries a copy whose length and hash are to be made right. False: the test has failed.
  bool tryIt(std::vector<std::byte> bytes, const std::string &change) {
    const double start = processorSeconds();
    const Attempt made = attemptSealed(std::move(bytes), limits);
    longest = std::max(longest, processorSeconds() - start);
    ++(made.result == Attempt::Ran ? ran : refused);
    if (made.result == Attempt::Failed)
      ADD_FAILURE() << what << ", " << change << ": " << made.message;
    return made.result != Attempt::Failed;
  }

  size_t refused = 0, ran = 0;

private:
  // The limit of work is some 10^8 operations, each a few nanoseconds; sanitizers take ten times as
  // long.
  static constexpr double secondsAllowed = 10;
  std::string what;
  const Limits limits;
  const uint64_t bytesAllowed;
  double longest = 0, begin = processorSeconds();
};

/// Fails unless the hash (or the header) refuses the bytes.
void expectRefused(std::span<const std::byte> bytes, const std::string &change) {
  std::unique_ptr<Package> package;
  const Status status = Package::fromMemory(bytes, package);
  EXPECT_TRUE(status.getCode() == StatusCode::CorruptPackage ||
              status.getCode() == StatusCode::UnsupportedVersion)
      << change << ": " << status.message();
  EXPECT_FALSE(status.message().empty());
}

} // namespace

TEST(Damage, FlippedBytesAreRefusedByTheHash) {
  for (const Original &original : originals()) {
    std::vector<std::byte> bytes = original.subject.package;
    const auto flip = [&](size_t at, unsigned bits) {
      bytes[at] ^= std::byte(bits);
      expectRefused(bytes, original.subject.name + " byte " + std::to_string(at));
      bytes[at] ^= std::byte(bits);
    };
    size_t count = 0;
    for (size_t at : chosen(original.weightsAt, 2 * original.subject.sample))
      for (unsigned bits : flips)
        flip(at, bits), ++count;
    const std::vector<size_t> weights = weightsChosen(original, original.subject.sample);
    for (size_t at : weights)
      flip(at, weightFlip(at));
    std::cout << original.subject.name << ": " << count << " flips, " << weights.size()
              << " in the weights" << std::endl;
    if (HasFailure())
      return;
  }
}

TEST(Damage, TruncatedPackagesAreRefused) {
  for (const Original &original : originals()) {
    const std::span<const std::byte> bytes = original.subject.package;
    for (size_t length : chosen(bytes.size(), original.subject.sample))
      expectRefused(bytes.first(length),
                    original.subject.name + " cut to " + std::to_string(length));
    if (HasFailure())
      return;
  }
}

TEST(Damage, FlippedBytesWithARightHashAreRefusedOrRun) {
  for (const Original &original : originals()) {
    Tally tally(original, "flips");
    const auto flip = [&](size_t at, unsigned bits) {
      std::vector<std::byte> bytes = original.subject.package;
      bytes[at] ^= std::byte(bits);
      return tally.tryIt(std::move(bytes),
                         "byte " + std::to_string(at) + " xor " + std::to_string(bits));
    };
    for (size_t at : chosen(original.weightsAt, original.subject.sample))
      for (unsigned bits : flips)
        if (!flip(at, bits))
          return;
    EXPECT_GT(tally.refused, tally.ran / 10);
    for (size_t at : weightsChosen(original, original.subject.sample / 4))
      if (!flip(at, weightFlip(at)))
        return;
    EXPECT_GT(tally.ran, 0u);
  }
}

TEST(Damage, IntegersAtTheEdgesAreRefusedOrRun) {
  for (const Original &original : originals()) {
    Tally tally(original, "fields");
    const std::vector<Field> fields = integerFields(original.subject.package);
    EXPECT_GT(fields.size(), 100u);
    for (size_t index : chosen(fields.size(), original.subject.sample / 2)) {
      const Field &field = fields[index];
      for (uint64_t value : hostileValues(valueOf(original.subject.package, field), field.bytes)) {
        std::vector<std::byte> bytes = original.subject.package;
        setValue(bytes, field, value);
        if (!tally.tryIt(std::move(bytes), field.path + " = " + std::to_string(value)))
          return;
      }
    }
    EXPECT_GT(tally.refused, 0u);
    EXPECT_GT(tally.ran, 0u);
  }
}

TEST(Damage, SeveralChangesWithARightHashAreRefusedOrRun) {
  for (const Original &original : originals()) {
    Tally tally(original, "several");
    const std::vector<Field> fields = integerFields(original.subject.package);
    const unsigned seed = std::random_device()();
    std::cout << "seed " << seed << std::endl;
    std::mt19937 random(seed);
    const size_t rounds = exhaustive() ? 20000 / thisPart().of : original.subject.sample;
    for (size_t round = 0; round < rounds; ++round) {
      std::vector<std::byte> bytes = original.subject.package;
      std::string change;
      for (int i = 0; i < 3; ++i) {
        const Field &field = fields[random() % fields.size()];
        const uint64_t value = valueOf(bytes, fields[random() % fields.size()]);
        setValue(bytes, field, value);
        change += field.path + " = " + std::to_string(value) + " ";
      }
      if (!tally.tryIt(std::move(bytes), change))
        return;
    }
  }
}

} // namespace bst::testing
