import { mkdirSync } from 'node:fs'
import type { Page } from 'playwright-core'

const FOLDER = process.env.SAFELEVEL_PICTURES
const DESK = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }

/**
 * SAFELEVEL_PICTURES=folder: leaves pictures of what a test sees, to be looked at, wide and light, and as on a dark phone; the page is then
 * as it was, at a desk. Does nothing otherwise.
 *
 * @param name of the file, without its end
 */
export async function takePictures(page: Page, name: string): Promise<void> {
  if (FOLDER === undefined) return
  mkdirSync(FOLDER, { recursive: true })
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage: true })
  await page.setViewportSize(PHONE)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: `${FOLDER}/${name}-phone.png`, fullPage: true })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(DESK)
}
