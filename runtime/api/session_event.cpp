// The descriptor that tells of frames' ends: an object of its own, for those who want one.
#include "runtime/api/session.h"

#ifdef __linux__
#include <sys/eventfd.h>
#endif

using namespace bst;
using namespace bst::api;

bst_status bst_session_get_event(bst_session *session, int *descriptor, bst_error *error) noexcept {
  if (!isHandle(session, "session", error) || !isGiven(descriptor, "descriptor", error))
    return BST_ERROR_INVALID_ARGUMENT;
#ifdef __linux__
  Visit visit(*session);
  if (session->event < 0)
    session->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (session->event < 0)
    return fail(error, BST_ERROR_IO, "the system grants no event descriptor");
  *descriptor = session->event;
  return succeed(error);
#else
  return fail(error, BST_ERROR_UNSUPPORTED, "this system has no eventfd");
#endif
}
