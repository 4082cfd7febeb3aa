import { describe, expect, it } from 'vitest'
import { STATUS } from '../../../test/support/status-view.ts'
import { statusPage } from './status-page.ts'

describe('the status page', () => {
  it('has colours that can be read (WCAG 2.2 AA: 4.5 to 1)', () => {
    const page = String(statusPage(STATUS))
    for (const scheme of [...page.matchAll(/:root \{([^}]*)\}/g)].map((m) => m[1] ?? '')) {
      const colour = new Map([...scheme.matchAll(/--(\w+): (#[0-9a-f]{6})/g)].map((m) => [m[1], m[2] ?? '']))
      const paper = luminance(colour.get('paper') ?? '')
      for (const name of ['ink', 'quiet', 'accent', 'holds', 'watch', 'fails']) {
        const text = luminance(colour.get(name) ?? '')
        const [high, low] = paper > text ? [paper, text] : [text, paper]
        expect((high + 0.05) / (low + 0.05)).toBeGreaterThan(4.5)
      }
    }
  })
})

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
  const [r = 0, g = 0, b = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
