/** Whether a kind of event fits one of these: the kind itself, `room.*`, or `*`. */
export function kindFits(kind: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    if (pattern === '*' || pattern === kind) return true
    return pattern.endsWith('.*') && kind.startsWith(pattern.slice(0, -1))
  })
}
