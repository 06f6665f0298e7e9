/* A package for hosts in C: 'images' f32 [1,2,4,4] to 'output' f32 [1,3,4,4]. */
#ifndef BST_TESTS_CAPI_SMALL_PACKAGE_H
#define BST_TESTS_CAPI_SMALL_PACKAGE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
const void *smallPackage(size_t *size);
#ifdef __cplusplus
}
#endif

#endif
