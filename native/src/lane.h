/**
 * A lane: one stream socket that carries whole FUSE messages both ways. One JavaScript thread, its *owner*, waits on it
 * and is woken by its waker; other threads (the pool, a lock wait, the worker beside a pump) only send.
 *
 * Sending never waits for the peer: what the socket does not take at once is kept, whole messages in order, and leaves
 * as soon as the socket takes more (whoever waits on the lane watches for that). Waiting instead would let two sides that
 * both have much to say block each other for good, let one guest that does not read hold the pool's threads, and tear a
 * message in two when a waker interrupts it. What is kept is bounded: above `kCongested` messages of the largest size
 * the owner waits for room before it takes on anything new, and the pool leaves the lane's operations in the queue.
 */
#pragma once

#include <poll.h>
#include <sys/uio.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "fd.h"
#include "finished_waits.h"
#include "registry.h"
#include "shared_stream.h"

/** struct fuse_out_header: what every reply starts with. `error` is 0 or -errno, Linux's. */
struct ReplyHeader {
  uint32_t len;
  int32_t error;
  uint64_t unique;
};
static_assert(sizeof(ReplyHeader) == 16);

class Lane : public Owned {
 public:
  Lane(Descriptor socket, int waker, Descriptor kick, size_t limit);
  void abandon() override;

  // -- sending, any thread (lane_send.cc) ----------------------------------------------------------------------------

  /** Sends one or more whole messages, or keeps them; 0 or -errno (the lane is broken for good then). */
  int send(const struct iovec* parts, int count);
  /** Answers one request: `result` < 0 is the system's -errno, else `length` bytes of `body` follow the header. */
  int reply(uint64_t unique, int64_t result, const void* body, size_t length);
  /** Room in shared memory for one message that the caller fills; nobody else sends until it is sent or given up. */
  struct Direct {
    uint8_t* bytes = nullptr;
    SharedStream* stream = nullptr;
    std::unique_lock<std::mutex> held;
    void send(size_t length) { stream->publish(length); }
  };
  /** `bytes` is nullptr where there is no such room now: other lanes, earlier messages that wait, an end. */
  Direct beginDirect(size_t most);
  /** Sends what is kept, as far as the socket takes it. */
  int flush();
  size_t kept() const { return kept_.load(std::memory_order_relaxed); }
  bool congested() const { return kept() > kCongested * limit_; }
  /** Ends the connection both ways and forgets what is kept. */
  void shutdown();
  /** As `shutdown`, and gives up the lane's operations: waiting ones are dropped, waits for locks are cancelled. */
  void end();

  // -- the owner's side (lane_wait.cc) -------------------------------------------------------------------------------

  int64_t exchange(const void* tx, size_t txLength, void* rx, size_t rxCapacity, int spinMicroseconds);
  /** From now on the bytes travel through shared memory; before anything was sent or received. */
  void share(std::unique_ptr<SharedStream> stream) { shared_ = std::move(stream); }
  /** Shared memory only: the other side is gone. */
  bool ended() const { return peerGone_.load(); }
  bool isShared() const { return shared_ != nullptr; }
  /** Bytes, 0 at the end of the stream, -EAGAIN if there is nothing now. */
  int64_t receive(void* out, size_t capacity);
  /** Sleeps until the socket can do one of `events` (POLLIN, POLLOUT): 0; or kWoken, or -errno. */
  int wait(short events);
  /** Waits until the lane is not congested: 0, kWoken or -errno. */
  int waitForRoom();
  /** Waits until the pool is done with this lane: 0 or kWoken. */
  int waitUntilIdle();
  /**
   * True once in a while if the waker was signalled: under traffic that never pauses nobody would look at it, because
   * `wait` is never reached.
   */
  bool wokenInTraffic();

  // -- bulk bytes, owner only (lane_read.cc, lane_write.cc) ----------------------------------------------------------

  int replyRead(int fd, uint64_t unique, uint64_t position, size_t length);

  struct Received {
    int64_t written;  // bytes, or -errno if none
    int status;       // of the lane: 0, kWoken, -ECONNRESET, -errno
    size_t received;  // bytes of the `remaining` that were taken from the lane
    int64_t failure;  // why not all of it was written, -errno; 0 if all was

    /** Writes `count` bytes by `write(done)`. A short count is an error whose number comes with the next attempt. */
    template <typename Write>
    void put(size_t count, Write write) {
      for (size_t done = 0;;) {
        const int64_t now = write(done);
        if (now <= 0 && done < count) failure = now < 0 ? now : -EIO;
        else if (now < 0) failure = now;
        if (failure != 0) return;
        written += now;
        done += static_cast<size_t>(now);
        if (done >= count) return;
      }
    }
  };
  Received receiveWrite(int fd, uint8_t* buffer, size_t capacity, size_t have, size_t length, uint64_t position,
                        bool append);

  // -- sleeping together with other descriptors (lane_sleep.cc) ------------------------------------------------------------

  /** Entries of a poll(2) that wait for `events` of the lane's bytes, its kick included. */
  static constexpr int kPolled = 3;
  /**
   * Fills the entries; false if there is something to receive, or room to send, already: then there must be no sleep.
   * `disarm` has to follow in both cases. `seen`: bytes in shared memory that are no news.
   */
  bool arm(struct pollfd polled[kPolled], short events, size_t seen = 0);
  /** After poll(2): sends what is kept, notices the end of the stream. True if `events` may have come true. */
  bool disarm(const struct pollfd polled[kPolled], short events, size_t seen = 0);

  int socket() const { return socket_.get(); }
  SharedStream* shared() const { return shared_.get(); }
  int waker() const { return waker_; }
  int kick() const { return kick_.get(); }
  size_t limit() const { return limit_; }

  /** Operations of this lane that the pool has, counted by the pool and the lock waits. */
  std::atomic<int32_t> queued{0}, running{0};
  /** Lock waits that ended, for the owner's bookkeeping. */
  FinishedWaits finishedWaits;
  /** A thread other than the owner, who only sends then, reads and flushes from now on: 0, or -errno (-EBUSY). */
  int beginPump();
  void endPump();
  /** Keeps a spinning owner off the processor of the other side, where the two would only take turns. */
  void standApart();
  /** Wakes the owner out of `wait` and `waitUntilIdle` without its waker. */
  void kickOwner();

 private:
  struct Kept {
    std::unique_ptr<uint8_t[]> bytes;
    size_t at, size;
  };
  static constexpr size_t kCongested = 16;
  static constexpr int kTogether = 8;

  int sendNow(const struct iovec* parts, int count, size_t* sent);
  int flushHolding();
  bool keepHolding(const struct iovec* parts, int count, size_t skip);
  int breakHolding(int error);
  void drained(size_t bytes);
  int waitForRelief();
  bool signalled() const;
  bool hasMore();

  int replyReadShared(int fd, uint64_t unique, uint64_t position, size_t length);
  Received receiveWriteShared(int fd, const uint8_t* buffer, size_t have, size_t length, uint64_t position);
  int replyReadCopied(int fd, uint64_t unique, uint64_t position, size_t length);
  int streamStaged(const ReplyHeader& header, size_t staged, const void* tail, size_t tailLength);

  Descriptor socket_;
  std::unique_ptr<SharedStream> shared_;
  /** Shared memory has no end of its own: the socket has ended. */
  std::atomic<bool> peerGone_{false};
  int waker_;
  Descriptor kick_;
  /**
   * A pump is at work: the lane's descriptors are its to watch and to drain, or each of two threads would take signals from
   * the other. Who waits for room is told by `relief_`.
   */
  std::atomic<bool> pumped_{false};
  Descriptor relief_;
  size_t limit_;

  /** Guards what follows and the order of bytes on the socket; never held while waiting. */
  std::mutex sending_;
  std::deque<Kept> backlog_;
  std::atomic<size_t> kept_{0};
  /** The owner is in the middle of a message that it streams: others have to keep theirs. */
  bool streaming_ = false;
  /** -errno once the lane cannot be used any more. */
  int broken_ = 0;
  /** Calls since the waker was looked at; of the owner, but every sender that waits for room sets it back. */
  std::atomic<int> quiet_{0};
  /** exchanges in a row that were answered from the processor of whoever asked, and how many of them are too many */
  int together_ = 0, apart_ = 0, patience_ = kTogether;
};
