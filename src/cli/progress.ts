const WIDTH = 30
/** Shorter work ends before anybody wants to know how far it is. */
const MIN_TOTAL = 20_000

/** A bar on a terminal; silent anywhere else. */
export function progressBar(label: string, stream: NodeJS.WriteStream) {
  let shown = ''
  return {
    show(done: number, of: number): void {
      if (!stream.isTTY || of < MIN_TOTAL) return
      const filled = Math.floor((done / of) * WIDTH)
      const bar = `${label} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${Math.floor((done / of) * 100)}%`
      if (bar === shown) return
      shown = bar
      stream.write(`\r${bar}`)
    },
    clear(): void {
      if (shown !== '') stream.write('\r\u001b[K')
      shown = ''
    },
  }
}
