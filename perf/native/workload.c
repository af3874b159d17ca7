/*
 * The timed loops of the suite. Each subcommand does one workload below a directory and prints one JSON object:
 *
 *   {"samples": [ns, …]}                       latency of each call, in nanoseconds of CLOCK_MONOTONIC
 *   {"samples": […], "seconds": s}             as above, with the time of the whole loop
 *   {"bytes": n, "seconds": s}                 one stream of bytes
 *   {"idle": [ns, …], "busy": [ns, …], "fsyncs": n}
 *   {"count": n}
 *
 * It is C so that neither a garbage collector nor a thread pool stands between the clock and the system call. A call
 * that fails ends the program with status 1 and a sentence on stderr; a number from a failed loop does not exist.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const size_t PAGE = 4096;

static void die(const char *format, ...)
{
  int error = errno;
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "workload: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, ": %s\n", strerror(error));
  va_end(arguments);
  _exit(1);
}

static int64_t now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static long number(const char *text)
{
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno || *end || value < 0) die("not a count: %s", text);
  return value;
}

static int64_t *samples_of(long count)
{
  int64_t *samples = malloc((size_t)(count ? count : 1) * sizeof *samples);
  if (!samples) die("malloc");
  memset(samples, 0, (size_t)count * sizeof *samples); /* no page fault inside a timed loop */
  return samples;
}

static void print_samples(const char *name, const int64_t *samples, long count)
{
  printf("\"%s\":[", name);
  for (long i = 0; i < count; i++) printf(i ? ",%" PRId64 : "%" PRId64, samples[i]);
  printf("]");
}

static void finish(const int64_t *samples, long count, int64_t elapsed)
{
  printf("{");
  print_samples("samples", samples, count);
  printf(",\"seconds\":%.9f}\n", (double)elapsed / 1e9);
}

/* DIR/f000000 … : the names that `create` makes and `stat-names` looks at. Formatted before the clock starts. */
static char **names_of(const char *dir, const char *prefix, long count)
{
  char **names = malloc((size_t)(count ? count : 1) * sizeof *names);
  if (!names) die("malloc");
  for (long i = 0; i < count; i++)
    if (asprintf(&names[i], "%s/%s%06ld", dir, prefix, i) < 0) die("asprintf");
  return names;
}

/* fstat FILE COUNT: one GETATTR each where validities are zero. */
static void do_fstat(char **a)
{
  long count = number(a[1]);
  int64_t *samples = samples_of(count);
  struct stat st;
  int fd = open(a[0], O_RDONLY | O_CLOEXEC);
  if (fd < 0) die("%s", a[0]);
  int64_t begin = now();
  for (long i = 0; i < count; i++) {
    int64_t t = now();
    if (fstat(fd, &st) < 0) die("fstat %s", a[0]);
    samples[i] = now() - t;
  }
  finish(samples, count, now() - begin);
}

/* stat FILE COUNT: the same path again and again. */
static void do_stat(char **a)
{
  long count = number(a[1]);
  int64_t *samples = samples_of(count);
  struct stat st;
  int64_t begin = now();
  for (long i = 0; i < count; i++) {
    int64_t t = now();
    if (lstat(a[0], &st) < 0) die("%s", a[0]);
    samples[i] = now() - t;
  }
  finish(samples, count, now() - begin);
}

/* stat-names DIR NAMES LOOPS: f000000 to f…NAMES-1, one after the other, LOOPS times. */
static void do_stat_names(char **a)
{
  long names = number(a[1]), loops = number(a[2]);
  char **paths = names_of(a[0], "f", names);
  int64_t *samples = samples_of(names * loops);
  struct stat st;
  int64_t begin = now();
  for (long i = 0; i < names * loops; i++) {
    int64_t t = now();
    if (lstat(paths[i % names], &st) < 0) die("%s", paths[i % names]);
    samples[i] = now() - t;
  }
  finish(samples, names * loops, now() - begin);
}

/* create DIR COUNT BYTES: open(O_CREAT|O_EXCL) + write + close, timed as one. */
static void do_create(char **a)
{
  long count = number(a[1]), bytes = number(a[2]);
  char **paths = names_of(a[0], "f", count);
  int64_t *samples = samples_of(count);
  char *data = malloc((size_t)bytes);
  if (!data) die("malloc");
  memset(data, 'x', (size_t)bytes);
  int64_t begin = now();
  for (long i = 0; i < count; i++) {
    int64_t t = now();
    int fd = open(paths[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) die("%s", paths[i]);
    if (write(fd, data, (size_t)bytes) != bytes) die("write %s", paths[i]);
    if (close(fd) < 0) die("close %s", paths[i]);
    samples[i] = now() - t;
  }
  finish(samples, count, now() - begin);
}

/* negative DIR COUNT: names that do not exist; each must answer ENOENT. */
static void do_negative(char **a)
{
  long count = number(a[1]);
  char **paths = names_of(a[0], "absent", count);
  int64_t *samples = samples_of(count);
  struct stat st;
  int64_t begin = now();
  for (long i = 0; i < count; i++) {
    int64_t t = now();
    if (lstat(paths[i], &st) == 0 || errno != ENOENT) die("%s should not exist", paths[i]);
    samples[i] = now() - t;
  }
  finish(samples, count, now() - begin);
}

/* Every page of the stream starts with its own offset, so that a page in the wrong place is noticed. */
static void stamp(char *block, size_t length, uint64_t offset)
{
  for (size_t i = 0; i + sizeof offset <= length; i += PAGE) {
    uint64_t mark = offset + i;
    memcpy(block + i, &mark, sizeof mark);
  }
}

static char *block_of(long length)
{
  char *block;
  if (posix_memalign((void **)&block, PAGE, (size_t)length)) die("posix_memalign");
  for (long i = 0; i < length; i++) block[i] = (char)(i * 131 % 251);
  return block;
}

/* write FILE BYTES BLOCK: a new file, open to close. */
static void do_write(char **a)
{
  long bytes = number(a[1]), length = number(a[2]);
  char *block = block_of(length);
  int64_t begin = now();
  int fd = open(a[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) die("%s", a[0]);
  for (long done = 0; done < bytes; done += length) {
    stamp(block, (size_t)length, (uint64_t)done);
    if (write(fd, block, (size_t)length) != length) die("write %s at %ld", a[0], done);
  }
  if (close(fd) < 0) die("close %s", a[0]);
  printf("{\"bytes\":%ld,\"seconds\":%.9f}\n", bytes, (double)(now() - begin) / 1e9);
}

/* read FILE BYTES BLOCK DROP: from the start; DROP = 1 drops what this mount has cached of it before the clock starts. */
static void do_read(char **a)
{
  long bytes = number(a[1]), length = number(a[2]), drop = number(a[3]);
  char *block = block_of(length);
  int fd = open(a[0], O_RDONLY | O_CLOEXEC);
  if (fd < 0) die("%s", a[0]);
  int error = drop ? posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) : 0;
  if (error) errno = error, die("posix_fadvise %s", a[0]);
  int64_t begin = now();
  for (long done = 0; done < bytes; done += length) {
    uint64_t mark;
    if (read(fd, block, (size_t)length) != length) die("read %s at %ld", a[0], done);
    memcpy(&mark, block, sizeof mark);
    if (mark != (uint64_t)done) die("%s has the wrong bytes at %ld", a[0], done);
  }
  int64_t elapsed = now() - begin;
  close(fd);
  printf("{\"bytes\":%ld,\"seconds\":%.9f}\n", bytes, (double)elapsed / 1e9);
}

/* verify FILE BYTES BLOCK: every byte that `write` with that block size put there; not timed. */
static void do_verify(char **a)
{
  long bytes = number(a[1]), length = number(a[2]);
  char *expected = block_of(length), *block = block_of(length);
  struct stat st;
  int fd = open(a[0], O_RDONLY | O_CLOEXEC);
  if (fd < 0) die("%s", a[0]);
  if (fstat(fd, &st) < 0) die("fstat %s", a[0]);
  if (st.st_size != bytes) die("%s has %lld bytes, not %ld", a[0], (long long)st.st_size, bytes);
  for (long done = 0; done < bytes; done += length) {
    stamp(expected, (size_t)length, (uint64_t)done);
    if (read(fd, block, (size_t)length) != length) die("read %s at %ld", a[0], done);
    if (memcmp(block, expected, (size_t)length)) die("%s has the wrong bytes at %ld", a[0], done);
  }
  printf("{\"count\":%ld}\n", bytes / length);
}

struct shared {
  atomic_long fsyncs;
  atomic_int stop;
};

static void fsync_stream(const char *dir, int index, struct shared *shared)
{
  /* However the parent ends, nothing goes on writing. */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() == 1) _exit(1);
  char *path, *block = block_of(64 << 10);
  if (asprintf(&path, "%s/stream%d", dir, index) < 0) die("asprintf");
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) die("%s", path);
  for (long i = 0; !atomic_load(&shared->stop); i++) {
    if (pwrite(fd, block, 64 << 10, (i % 64) * (64 << 10)) != 64 << 10) die("pwrite %s", path);
    if (fsync(fd) < 0) die("fsync %s", path);
    atomic_fetch_add(&shared->fsyncs, 1);
  }
  _exit(0);
}

/*
 * lstat for `duration` nanoseconds, `pause` nanoseconds between two; the latest `capacity` latencies stay in `samples`.
 * Result: how many are there.
 */
static long stat_for(const char *path, int64_t *samples, long capacity, int64_t duration, int64_t pause)
{
  struct timespec between = {pause / 1000000000, pause % 1000000000};
  struct stat st;
  long count = 0;
  for (int64_t end = now() + duration, t; (t = now()) < end; count++) {
    if (lstat(path, &st) < 0) die("%s", path);
    samples[count % capacity] = now() - t;
    if (pause > 0) nanosleep(&between, NULL);
  }
  return count < capacity ? count : capacity;
}

/*
 * fsync-stat DIR MILLISECONDS STREAMS PAUSE: lstat of DIR/probe alone, then while STREAMS processes write 64 KiB and fsync;
 * PAUSE microseconds between two lstat.
 */
static void do_fsync_stat(char **a)
{
  enum { CAPACITY = 20000 };
  int64_t duration = number(a[1]) * 1000000;
  long streams = number(a[2]);
  int64_t pause = number(a[3]) * 1000;
  int64_t *idle = samples_of(CAPACITY), *busy = samples_of(CAPACITY);
  struct shared *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) die("mmap");
  char *probe;
  if (asprintf(&probe, "%s/probe", a[0]) < 0) die("asprintf");
  int fd = open(probe, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0 || close(fd) < 0) die("%s", probe);

  long idles = stat_for(probe, idle, CAPACITY, duration, pause);
  for (int i = 0; i < streams; i++) {
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) fsync_stream(a[0], i, shared);
  }
  while (atomic_load(&shared->fsyncs) < 2 * streams) {
    sched_yield();
    if (waitpid(-1, NULL, WNOHANG) > 0) atomic_store(&shared->stop, 1), die("a writing stream ended");
  }
  long before = atomic_load(&shared->fsyncs);
  long busies = stat_for(probe, busy, CAPACITY, duration, pause);
  long fsyncs = atomic_load(&shared->fsyncs) - before;
  atomic_store(&shared->stop, 1);
  for (int i = 0, status; i < streams; i++)
    if (wait(&status) < 0 || status) die("a writing stream failed");
  printf("{");
  print_samples("idle", idle, idles);
  printf(",");
  print_samples("busy", busy, busies);
  printf(",\"fsyncs\":%ld}\n", fsyncs);
}

/* Keeps the tree's own order: what a program that walks does. */
static long walk(const char *dir)
{
  DIR *stream = opendir(dir);
  if (!stream) die("%s", dir);
  long count = 0;
  for (struct dirent *entry; (errno = 0, entry = readdir(stream));) {
    struct stat st;
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (fstatat(dirfd(stream), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) die("%s/%s", dir, entry->d_name);
    count++;
    if (!S_ISDIR(st.st_mode)) continue;
    char *child;
    if (asprintf(&child, "%s/%s", dir, entry->d_name) < 0) die("asprintf");
    count += walk(child);
    free(child);
  }
  if (errno) die("readdir %s", dir);
  closedir(stream);
  return count;
}

/* walk DIR: readdir and lstat of everything below. */
static void do_walk(char **a)
{
  int64_t begin = now();
  long count = walk(a[0]);
  printf("{\"count\":%ld,\"seconds\":%.9f}\n", count, (double)(now() - begin) / 1e9);
}

static const struct command {
  const char *name;
  int arguments;
  void (*run)(char **);
} COMMANDS[] = {
  {"fstat", 2, do_fstat},       {"stat", 2, do_stat},     {"stat-names", 3, do_stat_names}, {"create", 3, do_create},
  {"negative", 2, do_negative}, {"write", 3, do_write},   {"read", 4, do_read},             {"verify", 3, do_verify},
  {"fsync-stat", 4, do_fsync_stat}, {"walk", 1, do_walk},
};

int main(int argc, char **argv)
{
  for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++)
    if (argc >= 2 && !strcmp(argv[1], COMMANDS[i].name)) {
      if (argc - 2 != COMMANDS[i].arguments) break;
      COMMANDS[i].run(argv + 2);
      return fflush(stdout) ? 1 : 0;
    }
  fprintf(stderr, "workload: unknown command or wrong number of arguments\n");
  return 2;
}
