#pragma once

/// How many pieces of memory the calling thread has asked for so far; -1 where that is not counted: without glibc, and
/// under a sanitizer, which has an allocator of its own.
long allocations_of_thread(void);
