/** A bar on standard error with time left; quiet when that is not a terminal. */
export function progressBar(total: number): { at(done: number): void; end(): void } {
  const started = performance.now()
  const draw = (done: number) => {
    if (!process.stderr.isTTY) return
    const fraction = Math.min(1, done / total)
    const filled = Math.round(fraction * 40)
    const left = fraction > 0 ? ((performance.now() - started) / 1000) * (1 / fraction - 1) : 0
    process.stderr.write(
      `\r${'█'.repeat(filled)}${'░'.repeat(40 - filled)} ${(fraction * 100).toFixed(0).padStart(3)} %  ${left.toFixed(0)} s left `,
    )
  }
  return {
    at: draw,
    end: () => {
      draw(total)
      if (process.stderr.isTTY) process.stderr.write('\n')
    },
  }
}
