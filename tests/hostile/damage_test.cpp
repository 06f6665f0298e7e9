// Damaged copies of accepted packages. As they are, the hash refuses all of them. With length and
// hash made right, each is refused, or runs to its end within limits in proportion to the original.
// An ordinary run tries a sample, BSTC_EXHAUSTIVE=1 everything.
#include "tests/hostile/attempt.h"
#include "tests/hostile/fields.h"
#include "tests/hostile/subjects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <numeric>
#include <random>

#include <sys/resource.h>

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

/// Indices below `count`: all of them, or a random sample; its seed is printed.
std::vector<size_t> chosen(size_t count, size_t sample) {
  std::vector<size_t> all(count);
  std::iota(all.begin(), all.end(), size_t(0));
  if (exhaustive() || sample >= count)
    return all;
  const unsigned seed = std::random_device()();
  std::cout << "seed " << seed << std::endl;
  std::mt19937 random(seed);
  std::vector<size_t> picked;
  std::sample(all.begin(), all.end(), std::back_inserter(picked), sample, random);
  return picked;
}

/// What became of many damaged copies, printed at the end.
class Tally {
public:
  explicit Tally(std::string what) : what(std::move(what)) {}
  ~Tally() {
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    std::cout << what << ": " << refused << " refused, " << ran << " ran, longest " << longest
              << " s, " << seconds.count() << " s in all, " << usage.ru_maxrss / 1024
              << " MiB at most" << std::endl;
  }

  /// Tries a copy whose length and hash are to be made right. False: the test has failed.
  bool tryIt(std::vector<std::byte> bytes, const Limits &limits, const std::string &change) {
    const auto start = std::chrono::steady_clock::now();
    const Attempt made = attemptSealed(std::move(bytes), limits);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    longest = std::max(longest, took.count());
    ++(made.result == Attempt::Ran ? ran : refused);
    if (made.result == Attempt::Failed)
      ADD_FAILURE() << what << ", " << change << ": " << made.message;
    return made.result != Attempt::Failed;
  }

  size_t refused = 0, ran = 0;

private:
  std::string what;
  double longest = 0;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
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
    std::mt19937 random(1);
    const size_t inWeights = exhaustive() ? 10000 : original.subject.sample;
    for (size_t i = 0; i < inWeights; ++i)
      flip(original.weightsAt + random() % (original.weightsEnd - original.weightsAt),
           1 + random() % 255);
    std::cout << original.subject.name << ": " << count << " flips, " << inWeights
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
    Tally tally(original.subject.name + " flips");
    const auto flip = [&](size_t at, unsigned bits) {
      std::vector<std::byte> bytes = original.subject.package;
      bytes[at] ^= std::byte(bits);
      return tally.tryIt(std::move(bytes), original.limits,
                         "byte " + std::to_string(at) + " xor " + std::to_string(bits));
    };
    for (size_t at : chosen(original.weightsAt, original.subject.sample))
      for (unsigned bits : flips)
        if (!flip(at, bits))
          return;
    EXPECT_GT(tally.refused, tally.ran / 10);
    std::mt19937 random(1);
    for (size_t i = 0; i < (exhaustive() ? 1000 : original.subject.sample / 4); ++i)
      if (!flip(original.weightsAt + random() % (original.weightsEnd - original.weightsAt),
                1 + random() % 255))
        return;
    EXPECT_GT(tally.ran, 0u);
  }
}

TEST(Damage, IntegersAtTheEdgesAreRefusedOrRun) {
  for (const Original &original : originals()) {
    Tally tally(original.subject.name + " fields");
    const std::vector<Field> fields = integerFields(original.subject.package);
    EXPECT_GT(fields.size(), 100u);
    for (size_t index : chosen(fields.size(), original.subject.sample / 2)) {
      const Field &field = fields[index];
      for (uint64_t value : hostileValues(valueOf(original.subject.package, field), field.bytes)) {
        std::vector<std::byte> bytes = original.subject.package;
        setValue(bytes, field, value);
        if (!tally.tryIt(std::move(bytes), original.limits,
                         field.path + " = " + std::to_string(value)))
          return;
      }
    }
    EXPECT_GT(tally.refused, 0u);
    EXPECT_GT(tally.ran, 0u);
  }
}

TEST(Damage, SeveralChangesWithARightHashAreRefusedOrRun) {
  for (const Original &original : originals()) {
    Tally tally(original.subject.name + " several");
    const std::vector<Field> fields = integerFields(original.subject.package);
    const unsigned seed = std::random_device()();
    std::cout << "seed " << seed << std::endl;
    std::mt19937 random(seed);
    for (size_t round = 0; round < original.subject.sample * (exhaustive() ? 50 : 1); ++round) {
      std::vector<std::byte> bytes = original.subject.package;
      std::string change;
      for (int i = 0; i < 3; ++i) {
        const Field &field = fields[random() % fields.size()];
        const uint64_t value = valueOf(bytes, fields[random() % fields.size()]);
        setValue(bytes, field, value);
        change += field.path + " = " + std::to_string(value) + " ";
      }
      if (!tally.tryIt(std::move(bytes), original.limits, change))
        return;
    }
  }
}

} // namespace bst::testing
