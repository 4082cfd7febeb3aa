/* Tries the ways out of a sandbox, one after the other: `NAME refused ERRNO` or `NAME SUCCEEDED` for each. No step does harm if it works. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <grp.h>

static void report(const char *name, long result) {
  if (result < 0) printf("%s refused %s\n", name, strerrorname_np(errno));
  else printf("%s SUCCEEDED\n", name);
  fflush(stdout);
}

static long reads(const char *path) {
  char byte;
  int fd = open(path, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return -1;
  long got = read(fd, &byte, 1);
  close(fd);
  return got;
}

static long writes(const char *path) {
  int fd = open(path, O_WRONLY | O_NONBLOCK);
  if (fd >= 0) close(fd);
  return fd;
}

static long connects(const char *address, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, address, &to.sin_addr);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return -1;
  long result = connect(fd, (struct sockaddr *)&to, sizeof to);
  int why = errno;
  close(fd);
  errno = why;
  return result;
}

static long connects_abstract(const char *name) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  strncpy(to.sun_path + 1, name, sizeof to.sun_path - 2);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return -1;
  return connect(fd, (struct sockaddr *)&to, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

/* In a child, whose parent is its prey. */
static long traces_parent(void) {
  pid_t child = fork();
  if (child == 0) _exit(ptrace(PTRACE_ATTACH, getppid(), 0, 0) < 0 ? errno : 0);
  int status;
  waitpid(child, &status, 0);
  errno = WEXITSTATUS(status);
  return errno == 0 ? 0 : -1;
}

static long peeks_parent(void) {
  static char here, there;
  pid_t child = fork();
  if (child == 0) {
    struct iovec to = {&here, 1}, from = {&there, 1};
    _exit(process_vm_readv(getppid(), &to, 1, &from, 1, 0) < 0 ? errno : 0);
  }
  int status;
  waitpid(child, &status, 0);
  errno = WEXITSTATUS(status);
  return errno == 0 ? 0 : -1;
}

static long sets_core(void) {
  struct rlimit none = {0, 0};
  return setrlimit(RLIMIT_CORE, &none);
}

static long core_is_open(void) {
  struct rlimit now;
  if (getrlimit(RLIMIT_CORE, &now) < 0) return -1;
  errno = EPERM;
  return now.rlim_max == 1 ? -1 : 0;
}

static long gains_capability(void) {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{1u << CAP_SYS_ADMIN, 1u << CAP_SYS_ADMIN, 0}, {0, 0, 0}};
  return syscall(SYS_capset, &head, data);
}

/* A call of the 32-bit table: the filter ends the process that makes it. */
static long calls_32_bit(void) {
#ifdef __x86_64__
  pid_t child = fork();
  if (child == 0) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory"); /* getpid */
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  errno = EPERM;
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? -1 : 0;
#else
  errno = EPERM;
  return -1;
#endif
}

/* Killing what holds the sandbox together: PID 1 of its namespace does not hear it. */
static long kills_init(void) {
  if (kill(1, SIGKILL) < 0) return -1;
  usleep(100000);
  errno = EPERM;
  return kill(1, 0) == 0 ? -1 : 0;
}

/* It can be written to by processes of the same user: that gains nothing as long as it may do no more than they. */
static long first_is_freer(void) {
  char line[256];
  int filtered = 0, powerless = 0;
  FILE *status = fopen("/proc/1/status", "r");
  if (status == NULL) return -1;
  while (fgets(line, sizeof line, status)) {
    if (strcmp(line, "Seccomp:\t2\n") == 0) filtered = 1;
    if (strcmp(line, "CapBnd:\t0000000000000000\n") == 0) powerless = 1;
  }
  fclose(status);
  errno = EPERM;
  return filtered && powerless ? -1 : 0;
}

static long lowers_oom_score(void) {
  int fd = open("/proc/self/oom_score_adj", O_WRONLY);
  if (fd < 0) return -1;
  long written = write(fd, "-1000", 5);
  int why = errno;
  close(fd);
  errno = why;
  return written;
}

static void bomb_processes(void) {
  long born = 0;
  for (; born < 100000; born++) {
    pid_t child = fork();
    if (child < 0) break;
    if (child == 0) {
      pause();
      _exit(0);
    }
  }
  printf("born %ld\n", born);
  fflush(stdout);
}

static void bomb_memory(void) {
  long mib = 0;
  for (; mib < 1 << 20; mib++) {
    char *block = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) break;
    memset(block, 1, 1 << 20);
    if (mib % 32 == 0) {
      printf("taken %ld\n", mib);
      fflush(stdout);
    }
  }
  printf("stopped %ld\n", mib);
}

static void all(const char *port, const char *abstract, char **secrets) {
  unsigned char scratch[256] = {0};
  report("remount / read-write", mount(NULL, "/", NULL, MS_REMOUNT, NULL));
  report("remount /usr read-write", mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL));
  report("remount /weights read-write", mount(NULL, "/weights", NULL, MS_REMOUNT | MS_BIND, NULL));
  report("mount a tmpfs", mount("none", "/tmp", "tmpfs", 0, NULL));
  report("mount proc", mount("proc", "/tmp", "proc", 0, NULL));
  report("unmount /etc/passwd", umount2("/etc/passwd", MNT_DETACH));
  report("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp"));
  report("chroot", chroot("/proc/1/root"));
  report("fsopen", syscall(430, "tmpfs", 0));
  report("open_tree", syscall(428, AT_FDCWD, "/", 1));
  report("unshare a user namespace", unshare(CLONE_NEWUSER));
  report("unshare a mount namespace", unshare(CLONE_NEWNS));
  report("clone into a user namespace", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  unsigned long long args[11] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
  report("clone3 into a user namespace", syscall(435, args, sizeof args));
  report("setns", setns(open("/proc/1/ns/mnt", O_RDONLY), 0));
  report("attach to a process", traces_parent());
  report("read another process's memory", peeks_parent());
  report("find PID 1 less confined", first_is_freer());
  report("overwrite the program of PID 1", writes("/proc/1/exe"));
  report("make a device in /tmp", mknod("/tmp/mem", S_IFCHR | 0666, 0x101));
  report("make a device in /out", mknod("/out/mem", S_IFCHR | 0666, 0x101));
  report("open /dev/mem", reads("/dev/mem"));
  report("open /dev/kmsg", reads("/dev/kmsg"));
  report("open /dev/vda", reads("/dev/vda"));
  report("become root", setresuid(0, 0, 0));
  gid_t root = 0;
  report("join root's group", setgroups(1, &root));
  report("gain a capability", gains_capability());
  report("netlink socket", socket(16, SOCK_RAW, 0));
  report("packet socket", socket(17, SOCK_RAW, 0));
  report("vsock socket", socket(40, SOCK_STREAM, 0));
  report("crypto socket", socket(38, SOCK_SEQPACKET, 0));
  report("raw socket", socket(AF_INET, SOCK_RAW, 1));
  report("the host's loopback", connects("127.0.0.1", atoi(port)));
  report("an address outside", connects("192.0.2.1", 443));
  report("an abstract socket of the host", connects_abstract(abstract));
  report("push into the terminal", ioctl(0, TIOCSTI, "x"));
  report("open the terminal", reads("/dev/tty"));
  report("the kernel's keys", syscall(SYS_keyctl, 0, -4, 0));
  report("add a key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
  report("bpf", syscall(SYS_bpf, 0, scratch, 128));
  report("perf events", syscall(SYS_perf_event_open, scratch, 0, -1, -1, 0));
  report("userfaultfd", syscall(SYS_userfaultfd, 0));
  report("io_uring", syscall(425, 1, scratch));
  report("open by handle", syscall(SYS_open_by_handle_at, 3, scratch, 0));
  report("load a module", syscall(SYS_init_module, scratch, 1, ""));
  report("kexec", syscall(SYS_kexec_load, 0, 0, 0, 0));
  report("read the kernel's log", syscall(SYS_syslog, 3, scratch, 10));
  report("a call of 32 bits", calls_32_bit());
  report("kill PID 1", kills_init());
  report("the limit of core dumps", core_is_open());
  report("set the limit of core dumps", sets_core());
  report("write core_pattern", writes("/proc/sys/kernel/core_pattern"));
  report("write modprobe", writes("/proc/sys/kernel/modprobe"));
  report("write max_user_namespaces", writes("/proc/sys/user/max_user_namespaces"));
  report("write sysrq-trigger", writes("/proc/sysrq-trigger"));
  report("be the last to be killed when memory runs out", lowers_oom_score());
  report("set the host name", sethostname("x", 1));
  report("shadow by the root of PID 1", reads("/proc/1/root/etc/shadow"));
  report("shadow", reads("/etc/shadow"));
  report("shadow up the tree", reads("/proc/self/cwd/../../../etc/shadow"));
  report("the stage's mounts", reads("/mnt/run/filter"));
  report("write weights", writes("/weights/model.bin"));
  report("change weights' mode", chmod("/weights/model.bin", 0777));
  report("remove weights", unlink("/weights/model.bin"));
  report("write /usr", open("/usr/bin/planted", O_WRONLY | O_CREAT, 0755));
  report("write /", open("/planted", O_WRONLY | O_CREAT, 0755));
  report("write /dev", open("/dev/planted", O_WRONLY | O_CREAT, 0755));
  report("link a program out", link("/usr/bin/env", "/out/env"));
  report("link weights out", link("/weights/model.bin", "/out/model.bin"));
  for (int i = 0; secrets[i] != NULL; i++) report("secret", reads(secrets[i]));
}

int main(int count, char **words) {
  if (count > 1 && strcmp(words[1], "processes") == 0) bomb_processes();
  else if (count > 1 && strcmp(words[1], "memory") == 0) bomb_memory();
  else if (count > 1 && strcmp(words[1], "crash") == 0) abort();
  else if (count > 3) all(words[1], words[2], words + 3);
  return 0;
}
