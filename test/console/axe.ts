import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Colours change with the scheme and structure with the width: what is wrong in the dark on a phone is wrong in one of these. */
const LOOKS = [
  { colorScheme: 'light', width: 1280, height: 800 },
  { colorScheme: 'light', width: 390, height: 844 },
  { colorScheme: 'dark', width: 1280, height: 800 },
] as const

/** Only what is wrong is written out, and by its HTML: describing the rest takes axe time, and nobody reads it. */
const LEAN = { resultTypes: ['violations'], selectors: false }

/**
 * What axe finds on a page, in light and dark, wide and narrow, and whether it scrolls sideways.
 *
 * @param name begins each line
 */
export async function faultsOf(page: Page, name: string): Promise<string[]> {
  const found: string[] = []
  await page.evaluate(AXE)
  for (const look of LOOKS) {
    const { colorScheme, width, height } = look
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height })
    const where = `${name} ${colorScheme} ${width}`
    found.push(...(await complaintsOf(page, look)).map((complaint) => `${where}: ${complaint}`))
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (over > 0) found.push(`${where}: ${over} px too wide`)
  }
  await page.setViewportSize({ width: 1280, height: 800 })
  return found
}

const COLOURS = 'color-contrast'

/** In the dark only colours are different, and on a phone all but colours. */
async function complaintsOf(page: Page, { colorScheme, width }: (typeof LOOKS)[number]): Promise<string[]> {
  const onlyColours = { ...LEAN, runOnly: [COLOURS] }
  const noColours = { ...LEAN, rules: { [COLOURS]: { enabled: false } } }
  const { violations } = await page.evaluate(
    (options) => (window as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run(options),
    colorScheme === 'dark' ? onlyColours : width < 600 ? noColours : LEAN,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id} ${html.slice(0, 160)} ${failureSummary?.slice(0, 200)}`),
  )
}
