/** A system call's numbers on x86-64 and on arm64; null where there is none. @see asm/unistd_64.h and asm-generic/unistd.h of Linux */
type Numbers = readonly [x64: number | null, arm64: number | null]

/** Higher numbers came after Linux 6.10: nobody has looked at them, and programs do without. The bit of x32 lies above it too. */
export const LAST_KNOWN_CALL = 462

/**
 * What no program needs in order to use weights, and what the ways out of sandboxes are made of: looking into other processes, mounting,
 * namespaces, keys of the kernel, code run in the kernel, and the machine's own settings.
 */
export const DENIED_CALLS = {
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  move_mount: [429, 429],
  open_tree: [428, 428],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  open_by_handle_at: [304, 265],
  fanotify_init: [300, 262],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  syslog: [103, 116],
  acct: [163, 89],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  adjtimex: [159, 171],
  clock_adjtime: [305, 266],
  lookup_dcookie: [212, 18],
  vhangup: [153, 58],
  iopl: [172, null],
  ioperm: [173, null],
  modify_ldt: [154, null],
  uselib: [134, null],
  sysfs: [139, null],
  _sysctl: [156, null],
  nfsservctl: [180, 42],
} as const satisfies Record<string, Numbers>

/** Calls that are denied for some arguments. */
export const LIMITED_CALLS = {
  clone: [56, 220],
  clone3: [435, 435],
  socket: [41, 198],
  socketpair: [53, 199],
  ioctl: [16, 29],
  setrlimit: [160, 164],
  prlimit64: [302, 261],
  personality: [135, 92],
} as const satisfies Record<string, Numbers>
