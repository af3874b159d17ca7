#include "error.h"

#include <atomic>
#include <vector>

namespace {
// Leaked on purpose: threads of the pool may still translate while the process runs its exit handlers.
std::atomic<const std::vector<int32_t>*> translation{nullptr};
constexpr int32_t kLinuxEio = 5;
}  // namespace

void setErrnoTable(const int32_t* table, size_t length) {
  auto* mine = new std::vector<int32_t>(table, table + length);
  const std::vector<int32_t>* none = nullptr;
  if (!translation.compare_exchange_strong(none, mine)) delete mine;
}

int32_t linuxErrno(int64_t systemErrno) {
  const std::vector<int32_t>* table = translation.load(std::memory_order_acquire);
  if (table == nullptr) return static_cast<int32_t>(systemErrno);
  if (systemErrno <= 0 || systemErrno >= static_cast<int64_t>(table->size())) return kLinuxEio;
  const int32_t translated = (*table)[static_cast<size_t>(systemErrno)];
  return translated > 0 ? translated : kLinuxEio;
}
