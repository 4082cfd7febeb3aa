/**
 * How many of something, in words: `1 halt`, `3,910 entries`.
 *
 * @param many how it is called when it is not one, where an s does not make it so
 */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`
}
