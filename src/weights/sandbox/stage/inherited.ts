import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'

/** Where a child's own descriptors end: the three of every process, and two to talk by. */
const FIRST = 5
/** O_CLOEXEC, as fdinfo has it: octal. */
const CLOSED_ON_EXEC = 0o2000000

/**
 * What this process was started with beyond standard input and output (a shell's, a supervisor's, a log) would be open in its children too, and so
 * in a sandbox. `stdio` puts `/dev/null` in the place of each, from descriptor 5 on.
 */
export function coverInherited(): { readonly stdio: readonly ('ignore' | number)[] } & Disposable {
  const inherited = readdirSync('/proc/self/fd').map(Number).filter(isPassedOn)
  if (inherited.length === 0) return { stdio: [], [Symbol.dispose]: () => {} }
  const nothing = openSync('/dev/null', 'r')
  const stdio = Array.from({ length: Math.max(...inherited) - FIRST + 1 }, (_, index) =>
    inherited.includes(index + FIRST) ? nothing : 'ignore',
  )
  return { stdio, [Symbol.dispose]: () => closeSync(nothing) }
}

function isPassedOn(descriptor: number): boolean {
  if (descriptor < FIRST) return false
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? '0'
    return (Number.parseInt(flags, 8) & CLOSED_ON_EXEC) === 0
  } catch {
    return false // it was closed meanwhile, as the one that lists them
  }
}
