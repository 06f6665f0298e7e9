#include "runtime/package/picture.h"

namespace bst {

using flatbuffers::Offset;

Offset<fb::Decode> packDecode(PackageBuilder &b, const DecodeInfo &d) {
  auto kind = b.string(d.kind);
  auto strides = b.vector(d.strides);
  auto anchors = b.vector(d.anchors);
  std::vector<Offset<flatbuffers::String>> names;
  names.reserve(d.classNames.size());
  for (const std::string &name : d.classNames)
    names.push_back(b.string(name));
  auto classNames = b.vector(names);
  auto outputs = b.vector(d.outputs);
  auto nms = packNmsOptions(b, d.nms);
  return fb::CreateDecode(b.fbb, kind, d.classes, d.masks, strides, anchors, classNames,
                          fb::DetectionStage(d.stage), outputs, d.prototypes, nms);
}

void readDecode(const fb::Decode &from, PackageCopier &copier, DecodeInfo &to) {
  copier.copy(*from.kind(), to.kind);
  to.classes = from.classes();
  to.masks = from.masks();
  copier.copy(*from.strides(), to.strides);
  copier.copy(*from.anchors(), to.anchors);
  to.stage = DetectionStage(from.stage());
  if (from.outputs())
    copier.copy(*from.outputs(), to.outputs);
  to.prototypes = from.prototypes();
  if (from.nms())
    to.nms = unpackNmsOptions(*from.nms());
  if (!copier.take(from.class_names()->size(), sizeof(flatbuffers::uoffset_t), maxCount))
    return;
  to.classNames = std::vector<std::string>(from.class_names()->size());
  for (size_t i = 0; i < to.classNames.size(); ++i)
    copier.copy(*from.class_names()->Get(flatbuffers::uoffset_t(i)), to.classNames[i]);
}

static fb::Channels pack(const std::array<double, 3> &values) {
  return {values[0], values[1], values[2]};
}
static std::array<double, 3> unpack(const fb::Channels &values) {
  return {values.first(), values.second(), values.third()};
}

Offset<PreprocessList> packPreprocess(PackageBuilder &b, const std::vector<Preprocess> &list) {
  std::vector<Offset<fb::Preprocess>> tables;
  tables.reserve(list.size());
  for (const Preprocess &p : list) {
    const fb::Channels mean = pack(p.mean), scale = pack(p.scale);
    tables.push_back(fb::CreatePreprocess(b.fbb, p.input, p.channelsLast,
                                          fb::ColourOrder(p.colours), fb::PictureFit(p.fit), p.pad,
                                          &mean, &scale, fb::PictureForm(p.form)));
  }
  return b.vector(tables);
}

void readPreprocess(const PreprocessList &from, PackageCopier &copier,
                    std::vector<Preprocess> &list) {
  constexpr size_t leastTableBytes = 48; // Six doubles.
  if (!copier.take(from.size(), leastTableBytes, maxCount))
    return;
  list = std::vector<Preprocess>(from.size());
  for (Preprocess *to = list.data(); const fb::Preprocess *p : from) {
    to->input = p->input();
    to->channelsLast = p->channels_last();
    to->colours = ColourOrder(p->colours());
    to->fit = PictureFit(p->fit());
    to->pad = p->pad();
    to->mean = unpack(*p->mean());
    to->scale = unpack(*p->scale());
    to->form = PictureForm(p->form());
    ++to;
  }
}

} // namespace bst
