import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What somebody at a terminal sees, and what they type then: `\u0003` is Ctrl-C. */
export type Step = readonly [sees: string, types: string]

/** A pseudo-terminal, which Node has none of: waits for words, types, and tells all that was shown and how it ended. */
const DRIVER = `
import json, os, pty, select, sys, time
asked = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.chdir(asked['cwd'])
    os.execvp(asked['command'][0], asked['command'])
shown = ''
def read():
    global shown
    try: data = os.read(fd, 4096)
    except OSError: return False
    shown += data.decode(errors='replace')
    return data != b''
for sees, types in asked['steps']:
    since, until = len(shown), time.time() + 30
    while sees not in shown[since:]:
        if time.time() > until or (select.select([fd], [], [], 0.1)[0] and not read()): sys.exit('never saw ' + sees + ' in ' + shown)
    os.write(fd, types.encode())
while read(): pass
print(json.dumps({'shown': shown, 'status': os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}))
`

/** Runs a command as somebody at a terminal does. @param python that can import `pty` @throws with what was shown, when what a step waits for never comes */
export async function atTerminal(
  python: string,
  command: readonly string[],
  steps: readonly Step[],
  cwd: string,
): Promise<{ shown: string; status: number }> {
  const { stdout } = await promisify(execFile)(python, ['-c', DRIVER, JSON.stringify({ command, steps, cwd })])
  return JSON.parse(stdout)
}
