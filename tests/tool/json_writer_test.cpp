#include "tests/tool/json_reader.h"
#include "tools/bstc/files/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>

namespace bstc {
namespace {

TEST(JsonWriter, IndentsAndKeepsTheOrder) {
  JsonWriter json;
  json.beginObject();
  json.member("b", 1);
  json.member("a", "text");
  json.key("list");
  json.beginArray();
  json.value(0.5);
  json.beginObject();
  json.endObject();
  json.endArray();
  json.member("shape", llvm::ArrayRef<int32_t>({1, 2}));
  json.endObject();
  EXPECT_EQ(json.take(),
            "{\n  \"b\": 1,\n  \"a\": \"text\",\n  \"list\": [\n    0.5,\n    {}\n  ],\n"
            "  \"shape\": [1, 2]\n}\n");
}

TEST(JsonWriter, AnythingReadsBack) {
  const std::string awkward = "quote\" back\\ tab\t nul" + std::string(1, '\0') + " \xc3\xa9 \x7f";
  JsonWriter json;
  json.beginObject();
  json.member("text", awkward);
  json.member("broken", "a\xff\xc3");
  json.member("third", 1.0 / 3);
  json.member("float", 0.1f);
  json.member("tiny", 5e-324);
  json.member("nan", std::nan(""));
  json.member("big", uint64_t(1) << 53);
  json.endObject();
  const std::string text = json.take();
  const test::JsonReader back(text);
  EXPECT_EQ(back.text("text"), awkward);
  EXPECT_EQ(back.text("broken"), "a\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(back.number("third"), 1.0 / 3);
  EXPECT_EQ(back.number("tiny"), 5e-324);
  EXPECT_EQ(back.number("big"), 9007199254740992.0);
  EXPECT_NE(text.find("\"float\": 0.1,"), std::string::npos) << text;
  EXPECT_NE(text.find("\"nan\": null"), std::string::npos) << text;
}

TEST(JsonWriter, RowsOnOneLine) {
  JsonWriter json;
  json.beginArray();
  json.beginObjectOnOneLine();
  json.member("a", 1);
  json.key("b");
  json.beginArray();
  json.value(2);
  json.value(3);
  json.endArray();
  json.endObject();
  json.beginArrayOnOneLine();
  json.endArray();
  json.endArray();
  EXPECT_EQ(json.take(), "[\n  {\"a\": 1, \"b\": [2, 3]},\n  []\n]\n");
}

TEST(JsonWriter, RowsBecomeObjects) {
  const std::vector<int32_t> rows = {1, 2};
  JsonWriter json;
  json.beginObject();
  json.objects("none", std::vector<int32_t>(), [&](int32_t row) { json.member("a", row); });
  json.objects("some", rows, [&](int32_t row) { json.member("a", row); });
  json.objectsOnOneLine("lines", rows, [&](int32_t row) { json.member("a", row); });
  json.arrayOnOneLine("texts", std::vector<std::string>{"x", "y"});
  json.endObject();
  EXPECT_EQ(json.take(),
            "{\n  \"none\": [],\n  \"some\": [\n    {\n      \"a\": 1\n    },\n    {\n"
            "      \"a\": 2\n    }\n  ],\n  \"lines\": [\n    {\"a\": 1},\n    {\"a\": 2}\n  ],\n"
            "  \"texts\": [\"x\", \"y\"]\n}\n");
}

} // namespace
} // namespace bstc
