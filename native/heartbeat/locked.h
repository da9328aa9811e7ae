// Memory of the real-time thread: mapped for it alone, and kept from being paged out where that is
// allowed.

#ifndef RAISD_HEARTBEAT_LOCKED_H_
#define RAISD_HEARTBEAT_LOCKED_H_

#include <errno.h>
#include <sys/mman.h>

#include <new>
#include <utility>

namespace raisd::heartbeat {

/** A mapping of whole pages; `data` is null where there was no memory. Locked unless `lock_error`
 * says why not. */
class LockedPages {
 public:
  explicit LockedPages(size_t size) : size_(size) {
    void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (mapped == MAP_FAILED) return;
    data_ = mapped;
    if (mlock(data_, size_) != 0) lock_error_ = errno;
  }
  ~LockedPages() {
    if (data_ != nullptr) munmap(data_, size_);
  }
  LockedPages(const LockedPages&) = delete;
  LockedPages& operator=(const LockedPages&) = delete;

  void* data() const { return data_; }
  size_t size() const { return size_; }
  int lock_error() const { return lock_error_; }

 private:
  size_t size_;
  void* data_ = nullptr;
  int lock_error_ = 0;
};

/** One object in locked pages. */
template <typename T>
class Locked {
 public:
  /** Check `get()`: null where there was no memory. */
  template <typename... Arguments>
  explicit Locked(Arguments&&... arguments) : pages_(sizeof(T)) {
    if (pages_.data() != nullptr)
      object_ = new (pages_.data()) T(std::forward<Arguments>(arguments)...);
  }
  ~Locked() {
    if (object_ != nullptr) object_->~T();
  }

  T* get() const { return object_; }
  int lock_error() const { return pages_.lock_error(); }

 private:
  LockedPages pages_;
  T* object_ = nullptr;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_LOCKED_H_
