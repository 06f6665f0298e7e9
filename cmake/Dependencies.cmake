# Every library comes from the system's packages; apt-packages.txt lists them.
# The runtime's: threads, and headers that need no library.
find_package(Threads REQUIRED)
find_program(FLATC flatc REQUIRED)
find_path(FLATBUFFERS_INCLUDE_DIR flatbuffers/flatbuffers.h REQUIRED)
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
set(BST_RUNTIME_INCLUDE_DIRS ${FLATBUFFERS_INCLUDE_DIR} ${XXHASH_INCLUDE_DIR})
if(CMAKE_CROSSCOMPILING) # Without what lies beside them: the C library of this machine.
  set(BST_RUNTIME_INCLUDE_DIRS ${PROJECT_BINARY_DIR}/headers)
  file(MAKE_DIRECTORY ${BST_RUNTIME_INCLUDE_DIRS})
  file(CREATE_LINK ${FLATBUFFERS_INCLUDE_DIR}/flatbuffers ${BST_RUNTIME_INCLUDE_DIRS}/flatbuffers
       SYMBOLIC)
  file(CREATE_LINK ${XXHASH_INCLUDE_DIR}/xxhash.h ${BST_RUNTIME_INCLUDE_DIRS}/xxhash.h SYMBOLIC)
endif()
if(NOT BSTC_BUILD_COMPILER)
  return()
endif()

find_package(LLVM 14 REQUIRED CONFIG
             HINTS /usr/lib/llvm-14/lib/cmake/llvm /usr/lib/llvm-14/cmake)
find_package(Protobuf REQUIRED)
find_package(spdlog REQUIRED)
find_library(ONNX_PROTO_LIBRARY onnx_proto REQUIRED)
find_path(ONNX_INCLUDE_DIR onnx/onnx_pb.h REQUIRED)

# LLVM ADT and Support: containers, Expected, command line, JSON.
add_library(bstc_llvm INTERFACE)
target_include_directories(bstc_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_link_libraries(bstc_llvm INTERFACE LLVMSupport)

# The ONNX protobuf messages. Included from .cpp files only: the header is heavy.
add_library(bstc_onnx_proto INTERFACE)
target_include_directories(bstc_onnx_proto SYSTEM INTERFACE ${ONNX_INCLUDE_DIR})
target_compile_definitions(bstc_onnx_proto INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)
target_link_libraries(bstc_onnx_proto INTERFACE ${ONNX_PROTO_LIBRARY} protobuf::libprotobuf)
