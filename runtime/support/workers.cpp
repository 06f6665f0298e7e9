#include "runtime/support/workers.h"

#include <algorithm>

namespace bst {
namespace {

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits until `value` is no longer `old`. Spins first: the next loop of a network mostly starts
/// within microseconds, and a thread that sleeps takes tens of them to wake up.
uint32_t waitForChange(const std::atomic<uint32_t> &value, uint32_t old) {
  constexpr int spins = 4000;
  for (int spin = 0; spin < spins; ++spin) {
    const uint32_t now = value.load(std::memory_order_acquire);
    if (now != old)
      return now;
    relax();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

} // namespace

Crew::Crew(unsigned first, unsigned end, Memory *memory) : first(first), members(memory) {
  members.reserve(end - first);
  for (unsigned number = first; number < end; ++number)
    members.push_back(makeIn<Member>(memory, this, number));
  for (size_t i = 0; i < members.size(); ++i)
    if (!members[i]->thread.start(workAs, members[i].get())) {
      members.resize(i); // The system's limit on threads: results are the same with fewer.
      break;
    }
}

Crew::~Crew() {
  for (const auto &member : members) // Some may be on their way to be idle.
    for (uint32_t state = member->state; !reserve(*member); state = member->state)
      if (state != Idle)
        waitForChange(member->state, state);
  stopping = true;
  for (const auto &member : members)
    assign(*member, nullptr, 0);
  for (const auto &member : members)
    member->thread.join();
}

bool Crew::reserve(Member &member) {
  uint32_t idle = Idle;
  return member.state.load() == Idle && member.state.compare_exchange_strong(idle, Taken);
}

void Crew::assign(Member &member, Workers *loop, unsigned share) {
  member.loop = loop;
  member.share = share;
  member.state.store(Assigned, std::memory_order_release);
  member.state.notify_all();
}

void Crew::submit(Job &job) {
  {
    const std::lock_guard lock(mutex);
    job.next = nullptr;
    *queueEnd = &job;
    queueEnd = &job.next;
    queued.fetch_add(1);
  }
  // Before a member goes idle, it looks whether something is queued: one of the two sees the other.
  for (const auto &member : members)
    if (reserve(*member))
      return assign(*member, nullptr, 0);
}

bool Crew::withdraw(const Job &job) {
  const std::lock_guard lock(mutex);
  for (Job **at = &queue; *at; at = &(*at)->next)
    if (*at == &job) {
      *at = job.next;
      if (!job.next)
        queueEnd = at;
      queued.fetch_sub(1);
      return true;
    }
  return false;
}

void Crew::runQueue(unsigned member) {
  for (;;) {
    Job *job;
    {
      const std::lock_guard lock(mutex);
      job = queue;
      if (!job)
        return;
      queue = job->next;
      if (!queue)
        queueEnd = &queue;
      queued.fetch_sub(1);
    }
    job->run(*job, member);
  }
}

void *Crew::workAs(void *argument) {
  auto &member = *static_cast<Member *>(argument);
  member.of->work(member);
  return nullptr;
}

void Crew::work(Member &member) {
  for (;;) {
    for (uint32_t state = Idle; state != Assigned;)
      state = waitForChange(member.state, state);
    if (member.loop) {
      member.loop->help(member);
    } else {
      if (stopping)
        return;
      runQueue(member.number);
      member.state.store(Idle);
      member.state.notify_all();
    }
    if (queued.load() && reserve(member))
      assign(member, nullptr, 0);
  }
}

Workers::Workers(unsigned threads, Memory *memory)
    : own(makeIn<Crew>(memory, 1U, std::max(threads, 1U), memory)), crew(*own),
      shares(crew.end(), memory) {}

Workers::Workers(Crew &crew, Memory *memory) : crew(crew), shares(crew.end(), memory) {}

void Workers::run(int64_t count, Call function, const void *argument) {
  call = function;
  body = argument;
  sharers = 1;
  for (const auto &member : crew.members)
    if (sharers < count && !crew.queued.load() && member->number != caller &&
        Crew::reserve(*member))
      shares[sharers++].helper = member.get();
  for (unsigned i = 0; i < sharers; ++i) {
    shares[i].next.store(count * i / sharers, std::memory_order_relaxed);
    shares[i].end = count * (i + 1) / sharers;
  }
  busy.store(sharers - 1, std::memory_order_relaxed);
  for (unsigned i = 1; i < sharers; ++i)
    Crew::assign(*shares[i].helper, this, i);
  takeItems(0, caller);
  for (uint32_t left = busy.load(std::memory_order_acquire); left != 0;)
    left = waitForChange(busy, left);
}

void Workers::takeItems(unsigned first, unsigned thread) {
  for (unsigned i = 0; i < sharers; ++i) {
    Share &share = shares[(first + i) % sharers];
    for (int64_t item = share.next.fetch_add(1, std::memory_order_relaxed); item < share.end;
         item = share.next.fetch_add(1, std::memory_order_relaxed))
      call(body, item, thread);
  }
}

void Workers::help(Crew::Member &member) {
  takeItems(member.share, member.number);
  member.state.store(Crew::Idle); // First, so that the caller's next loop finds it.
  member.state.notify_all();
  // The caller sees the last of these, and may then be gone with this object.
  busy.fetch_sub(1, std::memory_order_acq_rel);
  busy.notify_all();
}

} // namespace bst
