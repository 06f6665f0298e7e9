// Categories of COCO's annotation files, by their published numbers.

#include "detectors/shared/coco_classes.h"

#include <gtest/gtest.h>

#include <set>

using namespace bstc;

TEST(CocoClasses, NamesAreInYolosOrder) {
  ASSERT_EQ(cocoNames().size(), 80u);
  EXPECT_EQ(cocoNames()[0], "person");
  EXPECT_EQ(cocoNames()[27], "tie");
  EXPECT_EQ(cocoNames()[79], "toothbrush");
}

TEST(CocoClasses, CategoriesAreThoseOfTheAnnotationFiles) {
  EXPECT_EQ(cocoCategory(0), 1);   // person
  EXPECT_EQ(cocoCategory(10), 11); // fire hydrant
  EXPECT_EQ(cocoCategory(11), 13); // stop sign
  EXPECT_EQ(cocoCategory(26), 31); // handbag
  EXPECT_EQ(cocoCategory(60), 67); // dining table
  EXPECT_EQ(cocoCategory(61), 70); // toilet
  EXPECT_EQ(cocoCategory(62), 72); // tv
  EXPECT_EQ(cocoCategory(73), 84); // book
  EXPECT_EQ(cocoCategory(79), 90); // toothbrush
  std::set<int32_t> all;
  for (int32_t i = 0; i < 80; ++i)
    all.insert(cocoCategory(i));
  EXPECT_EQ(all.size(), 80u);
}
