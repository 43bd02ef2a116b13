// SPDX-License-Identifier: MIT
//
// The count of allocations where a sanitizer owns the heap, and an operator new of our own would be
// in its way.
#include <sanitizer/allocator_interface.h>

#include <atomic>

#include "../model/failover/support/allocations.h"

namespace {

std::atomic<std::size_t> count = 0;

void allocated(const volatile void* /*memory*/, std::size_t /*size*/) { ++count; }
void freed(const volatile void* /*memory*/) {}

[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(allocated, freed);

}  // namespace

std::size_t understudy::allocations() { return count; }
