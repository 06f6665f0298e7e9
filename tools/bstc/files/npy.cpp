#include "tools/bstc/files/npy.h"

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"

#include <limits>

namespace bstc {
namespace {

using bst::DType;
using llvm::StringRef;

struct NpyType {
  DType dtype;
  const char *description; ///< As the header writes it.
  const char *name;
};
constexpr NpyType types[] = {{DType::F32, "<f4", "float32"},
                             {DType::S8, "|i1", "int8"},
                             {DType::U8, "|u1", "uint8"},
                             {DType::S32, "<i4", "int32"}};

constexpr StringRef magic("\x93NUMPY", 6);

/// The header is the text of a Python dictionary with exactly the keys descr, fortran_order, shape.
class HeaderReader {
public:
  HeaderReader(StringRef text, StringRef source) : rest(text), source(source) {}

  llvm::Error read(Array &array) {
    if (!take("{"))
      return fail("its header is not a dictionary");
    bool seen[3] = {};
    while (!take("}")) {
      StringRef key;
      if (!takeQuoted(key) || !take(":"))
        return fail("its header cannot be read");
      const StringRef keys[] = {"descr", "fortran_order", "shape"};
      const StringRef *known = llvm::find(keys, key);
      if (known == std::end(keys) || seen[known - keys])
        return fail("its header has an unexpected key '" + key + "'");
      seen[known - keys] = true;
      llvm::Error error = key == "descr"           ? readType(array)
                          : key == "fortran_order" ? readOrder()
                                                   : readShape(array);
      if (error)
        return error;
      if (!take(",") && !rest.ltrim().startswith("}"))
        return fail("its header cannot be read");
    }
    if (!seen[0] || !seen[1] || !seen[2])
      return fail("its header lacks descr, fortran_order or shape");
    return llvm::Error::success();
  }

private:
  llvm::Error fail(const llvm::Twine &what) const {
    return makeError(Code::BadArray, source + ": " + what);
  }

  bool take(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  bool takeQuoted(StringRef &text) {
    rest = rest.ltrim();
    if (!rest.startswith("'") && !rest.startswith("\""))
      return false;
    const size_t end = rest.find(rest.front(), 1);
    if (end == StringRef::npos)
      return false;
    text = rest.slice(1, end);
    rest = rest.drop_front(end + 1);
    return true;
  }

  llvm::Error readType(Array &array) {
    StringRef text;
    if (!takeQuoted(text))
      return fail("structured dtypes are not supported; save a float32 array");
    const NpyType *found =
        llvm::find_if(types, [&](const NpyType &type) { return text == type.description; });
    if (found == std::end(types))
      return fail(
          "dtype '" + text +
          "' is not supported (float32 '<f4', int8 '|i1', uint8 '|u1' and int32 '<i4' are); "
          "convert with array.astype(numpy.float32)");
    array.dtype = found->dtype;
    return llvm::Error::success();
  }

  llvm::Error readOrder() {
    if (take("False"))
      return llvm::Error::success();
    return fail("the array is in Fortran order; save numpy.ascontiguousarray(array)");
  }

  llvm::Error readShape(Array &array) {
    if (!take("("))
      return fail("its header has no shape");
    uint64_t elements = 1;
    while (!take(")")) {
      uint64_t extent = 0;
      rest = rest.ltrim();
      if (rest.consumeInteger(10, extent))
        return fail("its header has a shape that cannot be read");
      // The product cannot overflow: both factors stay below 2^31.
      constexpr uint64_t most = std::numeric_limits<int32_t>::max();
      if (extent > most || (elements *= extent) > most)
        return fail("its shape has too many elements");
      array.shape.push_back(int32_t(extent));
      if (!take(",") && !rest.ltrim().startswith(")"))
        return fail("its header has a shape that cannot be read");
    }
    return llvm::Error::success();
  }

  StringRef rest, source;
};

} // namespace

llvm::Expected<Array> parseNpy(StringRef contents, StringRef source) {
  return parseNpy(llvm::MemoryBuffer::getMemBufferCopy(contents), source);
}

llvm::Expected<Array> parseNpy(std::unique_ptr<llvm::MemoryBuffer> file, StringRef source) {
  StringRef contents = file->getBuffer();
  const auto fail = [&](const llvm::Twine &what) {
    return makeError(Code::BadArray, source + ": " + what);
  };
  if (!contents.consume_front(magic))
    return fail("is not a .npy file");
  if (contents.size() < 2)
    return fail("is truncated in its header");
  const uint8_t version = uint8_t(contents[0]);
  contents = contents.drop_front(2);
  if (version < 1 || version > 3)
    return fail(".npy format version " + llvm::Twine(unsigned(version)) +
                " is not supported (1 to 3 are)");
  const size_t lengthBytes = version == 1 ? 2 : 4;
  if (contents.size() < lengthBytes)
    return fail("is truncated in its header");
  const size_t length = version == 1 ? llvm::support::endian::read16le(contents.data())
                                     : llvm::support::endian::read32le(contents.data());
  contents = contents.drop_front(lengthBytes);
  if (contents.size() < length)
    return fail("is truncated in its header");
  Array array;
  if (llvm::Error error = HeaderReader(contents.take_front(length), source).read(array))
    return error;
  contents = contents.drop_front(length);
  uint64_t expected = bst::elementSize(array.dtype);
  for (int32_t extent : array.shape)
    expected *= uint64_t(extent);
  if (contents.size() != expected)
    return fail("has " + llvm::Twine(contents.size()) + " bytes of data, its header says " +
                llvm::Twine(expected));
  array.bytes = {reinterpret_cast<const std::byte *>(contents.begin()), contents.size()};
  array.owner = std::move(file);
  return array;
}

std::string npyHeader(DType dtype, llvm::ArrayRef<int32_t> shape) {
  std::string header;
  llvm::raw_string_ostream stream(header);
  stream << "{'descr': '" << types[size_t(dtype)].description
         << "', 'fortran_order': False, 'shape': (";
  llvm::interleaveComma(shape, stream);
  // Python takes "(2)" for a number.
  stream << (shape.size() == 1 ? ",), }" : "), }");
  stream.flush();
  // Magic, version, length and header together fill a multiple of 64, so that data is aligned.
  constexpr size_t prefix = 10, alignment = 64;
  header.append(alignment - (prefix + header.size() + 1) % alignment, ' ');
  header += '\n';
  std::string bytes = magic.str() + std::string("\x01\x00", 2);
  bytes += char(header.size() & 0xff);
  bytes += char(header.size() >> 8);
  return bytes + header;
}

std::string npyBytes(DType dtype, llvm::ArrayRef<int32_t> shape,
                     llvm::ArrayRef<std::byte> elements) {
  std::string bytes = npyHeader(dtype, shape);
  bytes.append(reinterpret_cast<const char *>(elements.data()), elements.size());
  return bytes;
}

const char *numpyName(DType dtype) { return types[size_t(dtype)].name; }

} // namespace bstc
