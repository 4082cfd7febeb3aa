import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openShown, shownPages } from './pages.ts'

/** `node test/console/screens.ts [NAME…]`: takes the pictures in docs/screens anew, light and dark, wide and narrow. */
const OUT = fileURLToPath(new URL('../../docs/screens/', import.meta.url))
const LOOKS = [
  ['', { width: 1280, height: 800 }, 'light'],
  ['-dark', { width: 1280, height: 800 }, 'dark'],
  ['-phone', { width: 390, height: 844 }, 'light'],
] as const

const wanted = process.argv.slice(2)
mkdirSync(OUT, { recursive: true })
const shown = await openShown()
await using _world = shown.world
for (const { name, show } of await shownPages(shown)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const { page } = await show()
  for (const [suffix, viewport, colorScheme] of LOOKS) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: `${OUT}${name}${suffix}.png`, animations: 'disabled' })
  }
  await page.setViewportSize(LOOKS[0][1])
  console.log(name)
}
