/** What `readDirectory` remembers beside a descriptor (directory.cc). */
#pragma once

namespace platform {

/** The descriptor is about to be closed. */
void forgetListing(int fd);

}  // namespace platform
