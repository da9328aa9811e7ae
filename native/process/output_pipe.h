// A pipe for what a program prints. Not a socket pair, which is what Node gives a child: a program
// may open its outputs anew by name (`echo … > /dev/stderr`), and a socket cannot be opened.

#ifndef RAISD_PROCESS_OUTPUT_PIPE_H_
#define RAISD_PROCESS_OUTPUT_PIPE_H_

#include "descriptor.h"

namespace raisd {

/** Both ends, close-on-exec; any user may open the writing end anew. 0 or errno. */
int OpenOutputPipe(Descriptor* reader, Descriptor* writer);

}  // namespace raisd

#endif  // RAISD_PROCESS_OUTPUT_PIPE_H_
