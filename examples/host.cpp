// The same host in C++17, without exceptions: bst/bst.hpp in place of bst/bst.h.
//
//   host_cpp MODEL.bst PICTURE.ppm ...
#include "host/boxes.h"
#include "host/picture.h"

#include <bst/bst.hpp>

#include <array>
#include <cstdio>

namespace {

constexpr uint32_t frames = 2; ///< In flight at a time.

int fail(const bstrt::Error &error) {
  std::fprintf(stderr, "host: %s: %s\n", bst_status_name(error.code()), error.message());
  return 1;
}

struct Contract {
  bstrt::TensorInfo input, output;
  uint32_t outputIndex = 0;
  bst_preprocess_info preprocess = {};
  bst_decode_info decode = {};
};

using Boxes = std::array<box, 20>;

/// The boxes of a frame that is done: those that the network lists (bstc compile --with-nms), or
/// the best of its predictions.
bstrt::Error readBoxes(bstrt::Session &session, const Contract &contract, uint32_t frame,
                       Boxes &kept, size_t &count) {
  const bool listed = contract.decode.stage == BST_DETECTIONS;
  const float *parts[4] = {};
  for (uint32_t i = 0; i < (listed ? 4U : 1U); ++i) {
    auto part =
        session.output<float>(listed ? contract.decode.outputs[i] : contract.outputIndex, frame);
    if (!part)
      return part.error();
    parts[i] = part->data();
  }
  count = listed
              ? boxes_listed(parts, kept.data(), kept.size())
              : boxes_best(parts[0], &contract.output, &contract.decode, kept.data(), kept.size());
  return {};
}

void print(const char *path, const bstrt::Package &package, const Boxes &kept, size_t count,
           const placement &where) {
  std::printf("%s: %zu boxes\n", path, count);
  for (size_t i = 0; i < count; ++i) {
    const box &b = kept[i];
    std::printf("  %.3f  %7.1f %7.1f %7.1f %7.1f  ", double(b.score),
                (b.x1 - where.left) / where.gain_x, (b.y1 - where.top) / where.gain_y,
                (b.x2 - where.left) / where.gain_x, (b.y2 - where.top) / where.gain_y);
    if (const std::string_view name = package.className(b.category); !name.empty())
      std::printf("%.*s\n", int(name.size()), name.data());
    else
      std::printf("class %u\n", b.category);
  }
}

bstrt::Error submit(bstrt::Session &session, const Contract &contract, uint32_t frame,
                    const char *path, placement &where, bool &read) {
  picture shot = {};
  read = picture_read(path, &shot) != 0;
  if (!read)
    return {};
  auto memory = session.input<float>(0, frame);
  if (!memory)
    return memory.error();
  read = picture_prepare(&shot, &contract.preprocess, &contract.input, memory->data(), &where) != 0;
  picture_free(&shot);
  return read ? session.submit(frame) : bstrt::Error();
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: host_cpp MODEL.bst PICTURE.ppm ...\n");
    return 2;
  }
  auto package = bstrt::Package::open(argv[1]);
  if (!package)
    return fail(package.error());
  Contract contract;
  contract.decode = package->decode();
  contract.outputIndex = contract.decode.output_count ? contract.decode.outputs[0] : 0;
  auto input = package->input(0);
  auto output = package->output(contract.outputIndex);
  auto preprocess = package->preprocess(0);
  if (!input)
    return fail(input.error());
  if (!output)
    return fail(output.error());
  if (!preprocess)
    return fail(preprocess.error());
  contract.input = *input;
  contract.output = *output;
  contract.preprocess = *preprocess;
  const bool readable =
      contract.decode.stage == BST_DETECTIONS ||
      (contract.decode.stage == BST_PREDICTIONS && output->rank == 3 &&
       uint32_t(output->shape[2]) == 5 + contract.decode.classes + contract.decode.masks);
  if (!readable || input->dtype != BST_F32 || input->rank != 4) {
    std::fprintf(stderr,
                 "host: the package is not a detector that takes floats (camera.c: pixels)\n");
    return 1;
  }

  auto device = bstrt::Device::simulator();
  if (!device)
    return fail(device.error());
  auto options = bstrt::Session::defaults();
  options.frames = frames;
  options.threads = frames; // The simulator computes as many frames side by side.
  auto session = bstrt::Session::create(*package, *device, options);
  if (!session)
    return fail(session.error());

  std::array<placement, frames> where = {};
  for (int next = 2; next < argc + int(frames); ++next) {
    const uint32_t frame = uint32_t(next) % frames;
    if (next - int(frames) >= 2) {
      if (bstrt::Error error = session->wait(frame))
        return fail(error);
      Boxes kept;
      size_t count = 0;
      if (bstrt::Error error = readBoxes(*session, contract, frame, kept, count))
        return fail(error);
      print(argv[next - int(frames)], *package, kept, count, where[frame]);
    }
    bool read = true;
    if (next < argc)
      if (bstrt::Error error = submit(*session, contract, frame, argv[next], where[frame], read))
        return fail(error);
    if (!read)
      return 1;
  }
  return 0;
}
