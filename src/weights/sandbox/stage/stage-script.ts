/**
 * What prepares and follows a sandbox, in namespaces of its own: PID 1 of its process namespace, so that with it everything ends, and the
 * only place where the weights are mounted, so that with it they are gone. It speaks with its parent over two descriptors, line by line:
 *
 * - 3, in: the paths of the files to come, an empty line, then `go` once they are filled;
 * - 4, out: `ready PID` (as the parent sees it), `exit STATUS`, or `failed STEP`.
 *
 * The weights lie on ramfs, which is never swapped out; what the command may write lies on a tmpfs with a size. When the command has
 * ended, whatever it left running is killed, and what it wrote can no longer be changed: only then does the parent look at it. Losing the
 * parent ends it by end of file, besides the signal that bubblewrap arranges.
 *
 * `$1` bytes that may be written out, `$2` processes, `$3` bytes of memory per process or `unlimited`; then the command. For `sh` of POSIX.
 */
export const STAGE_SCRIPT = `
set -eu
step=mounting
trap 'echo "failed $step" >&4' EXIT
out_bytes=$1 processes=$2 memory=$3
shift 3
exec 6<&0
umask 022
mount -t tmpfs -o size=16m,mode=0755,nosuid,nodev,noexec safelevel /mnt
cd /mnt
mkdir weights out run etc
mount -t ramfs -o mode=0755,nosuid,nodev,noexec weights weights
mount -t tmpfs -o size="$out_bytes",nr_inodes=20000,mode=0755,nosuid,nodev,noexec out out
mkfifo run/in run/out run/err
: >run/arguments
: >run/filter
echo 'nobody:x:65534:65534::/tmp:/bin/sh' >etc/passwd
echo 'nogroup:x:65534:' >etc/group
echo '127.0.0.1 localhost' >etc/hosts
echo 'hosts: files' >etc/nsswitch.conf
step=files
while IFS= read -r path <&3; do
  [ -n "$path" ] || break
  case $path in */*) mkdir -p "weights/\${path%/*}" ;; esac
  : >"weights/$path"
done
read -r pid rest </proc/self/stat
mount -t proc proc /proc
echo "ready $pid" >&4
IFS= read -r word <&3
[ "$word" = go ]
step=command
cat <&6 >run/in 3<&- 4>&- &
cat <run/out 3<&- 4>&- 6<&- &
printed=$!
cat <run/err >&2 3<&- 4>&- 6<&- &
complained=$!
status=0
prlimit --core=1:1 --nproc="$processes" --data="$memory" bwrap --args 8 -- "$@" \\
  <run/in >run/out 2>run/err 8<run/arguments 7<run/filter 3<&- 4>&- 6<&- || status=$?
step=output
for entry in /proc/[0-9]*; do
  case \${entry#/proc/} in
    1 | "$printed" | "$complained") ;;
    *) kill -9 "\${entry#/proc/}" 2>/dev/null || : ;;
  esac
done
wait "$printed" "$complained" || :
kill -9 -1 2>/dev/null || :
chmod -R u+rwX out 2>/dev/null || :
tries=0
until mount -t tmpfs -o remount,ro out out 2>/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ]
  sleep 0.05
done
trap - EXIT
echo "exit $status" >&4
IFS= read -r word <&3 || :
`
