#include "output_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace raisd {
namespace {

/**
 * To open a descriptor's name is an open like any other, and a pipe belongs to who made it: a
 * program of another user needs leave. Nobody else can name the pipe, which has no place in the
 * file system. To give it to that user instead would take CAP_CHOWN.
 */
constexpr mode_t kOthersWrite = 0622;

}  // namespace

int OpenOutputPipe(Descriptor* reader, Descriptor* writer) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  reader->Reset(ends[0]);
  writer->Reset(ends[1]);
  return fchmod(ends[1], kOthersWrite) == 0 ? 0 : errno;
}

}  // namespace raisd
