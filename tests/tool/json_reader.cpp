#include "tests/tool/json_reader.h"

#include "llvm/Support/JSON.h"

#include <gtest/gtest.h>

namespace bstc::test {

struct JsonReader::Document {
  llvm::json::Value root = nullptr;
  const llvm::json::Value *find(llvm::StringRef path) const {
    const llvm::json::Value *value = &root;
    while (value && !path.empty()) {
      const auto parts = path.split('.');
      size_t index = 0;
      if (const auto *object = value->getAsObject())
        value = object->get(parts.first);
      else if (const auto *array = value->getAsArray();
               array && !parts.first.getAsInteger(10, index) && index < array->size())
        value = &(*array)[index];
      else
        value = nullptr;
      path = parts.second;
    }
    return value;
  }
};

JsonReader::JsonReader(const std::string &text) : document(std::make_unique<Document>()) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  EXPECT_TRUE(bool(value)) << llvm::toString(value.takeError());
  if (value)
    document->root = std::move(*value);
}

JsonReader::~JsonReader() = default;

double JsonReader::number(const std::string &path) const {
  const llvm::json::Value *value = document->find(path);
  EXPECT_TRUE(value && value->getAsNumber()) << path;
  return value && value->getAsNumber() ? *value->getAsNumber() : 0;
}

std::string JsonReader::text(const std::string &path) const {
  const llvm::json::Value *value = document->find(path);
  EXPECT_TRUE(value && value->getAsString()) << path;
  return value && value->getAsString() ? value->getAsString()->str() : "";
}

bool JsonReader::truth(const std::string &path) const {
  const llvm::json::Value *value = document->find(path);
  EXPECT_TRUE(value && value->getAsBoolean()) << path;
  return value && value->getAsBoolean() && *value->getAsBoolean();
}

size_t JsonReader::size(const std::string &path) const {
  const llvm::json::Value *value = document->find(path);
  EXPECT_TRUE(value && value->getAsArray()) << path;
  return value && value->getAsArray() ? value->getAsArray()->size() : 0;
}

bool JsonReader::has(const std::string &path) const { return document->find(path) != nullptr; }

} // namespace bstc::test
