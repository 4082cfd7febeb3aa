import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, launchChromium } from '../support/browser.ts'
import { NEWER, OLDER, sampleRecord, sampleSite } from '../support/public-site-world.ts'
import { faultsOf } from './axe.ts'

/** A folder for pictures of every page, to be looked at; none are taken without it. */
const PICTURES = process.env.SAFELEVEL_PICTURES
const PAGES = {
  home: '/',
  numbers: '/transparency',
  report: '/transparency/2026-q3',
  small: '/transparency/2026-q2',
  running: '/transparency/2026-q4',
  policy: '/policy',
  history: '/policy/history',
  diff: `/policy/diff/${OLDER.version.digest}/${NEWER.version.digest}`,
  thanks: '/acknowledgements',
  advisory: '/advisories/adv-1',
  sitemap: '/sitemap',
  nowhere: '/nowhere',
} as const
/** As on a bad mobile connection: 400 kbit/s, 400 ms to and fro. */
const SLOW = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 }

describe.skipIf(findChromium() === null)('the public site in a browser', () => {
  const resources = new AsyncDisposableStack()
  let browser: Browser
  let url = ''

  beforeAll(async () => {
    const record = await sampleRecord()
    const told = { kind: 'safeguard_bypass', category: 'cyber_operations', severity: 'high' }
    const remedy = { kind: 'policy_version', reference: '1.2.0' }
    const site = sampleSite(record, {
      intake: undefined,
      advisories: async () => [
        {
          ...{ id: 'adv-1', title: 'Tool results were screened in part', text: 'What it was.\n\nWhat we did.' },
          ...told,
          remedy,
          credit: 'M. Okafor',
          publishedAt: '2026-09-02T10:00:00.000Z',
        },
      ],
    })
    const server = createServer(getRequestListener(site.fetch, { overrideGlobalObjects: false }))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    resources.defer(() => void server.close())
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = resources.adopt(await launchChromium(), (b) => b.close())
  })
  afterAll(() => resources.disposeAsync())

  const open = async (options: Parameters<Browser['newContext']>[0] = {}) => {
    const context = resources.adopt(await browser.newContext({ baseURL: url, ...options }), (c) => c.close())
    return await context.newPage()
  }

  it('is free of what axe finds, in dark and light, wide and narrow, and never scrolls sideways', {
    timeout: 300_000,
  }, async () => {
    const page = await open({ javaScriptEnabled: true })
    const found: string[] = []
    for (const [name, path] of Object.entries(PAGES)) {
      await page.goto(path)
      found.push(...(await faultsOf(page, name)))
      if (PICTURES !== undefined) await pictures(page, name)
    }
    expect(found).toEqual([])
  })

  it('is light and quick on a slow connection: two requests, below 100 KB, no script', {
    timeout: 120_000,
  }, async () => {
    const measured: string[] = []
    for (const [name, path] of Object.entries(PAGES)) {
      const page = await open({ javaScriptEnabled: true })
      const cdp = await page.context().newCDPSession(page)
      await cdp.send('Network.enable')
      await cdp.send('Network.emulateNetworkConditions', SLOW)
      const requests: string[] = []
      let bytes = 0
      page.on('request', (request) => requests.push(new URL(request.url()).pathname))
      cdp.on('Network.loadingFinished', ({ encodedDataLength }) => {
        bytes += encodedDataLength
      })
      await page.goto(path, { waitUntil: 'load' })
      const paint = await firstPaint(page)
      measured.push(
        `${name.padEnd(9)} ${(bytes / 1_000).toFixed(1).padStart(6)} kB  first paint ${paint.toFixed(0).padStart(5)} ms`,
      )
      expect(bytes, name).toBeLessThan(100_000)
      const loaded = requests.filter((one) => !one.startsWith('/favicon'))
      expect(loaded, name).toEqual([path, expect.stringMatching(/^\/site-[0-9a-f]{12}\.css$/)])
      await page.context().close()
    }
    process.stderr.write(`400 kbit/s, 400 ms:\n${measured.join('\n')}\n`)
  })

  it('leads by keyboard from the first page to the numbers and to any policy version, without a script', async () => {
    const page = await open({ javaScriptEnabled: false })
    await page.goto('/')
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').textContent()).toBe('Skip to the text')
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Numbers' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/transparency')
    await page.getByRole('link', { name: 'Q3 2026' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/2026-q3')
    await page.goto('/policy/history')
    await page.getByLabel('What changed from').selectOption({ label: `Version ${NEWER.version.version}` })
    await page.getByLabel('to', { exact: true }).selectOption({ label: `Version ${OLDER.version.version}` })
    await page.getByRole('button', { name: 'Compare' }).click()
    await page.waitForURL(`**/policy/diff/${NEWER.version.digest}/${OLDER.version.digest}`)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('From version')
  })

  it('prints on paper what it shows, and nothing that only a screen can use', async () => {
    const page = await open()
    await page.goto('/transparency/2026-q3')
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('navigation', { name: 'Pages' }).isVisible()).toBe(false)
    expect(await page.getByRole('table').first().isVisible()).toBe(true)
    const pdf = await page.pdf({ format: 'A4' })
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
  })
})

/** When something was first to be seen, milliseconds after the address was entered. */
function firstPaint(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const [entry] = list.getEntriesByName('first-contentful-paint')
          if (entry !== undefined) resolve(entry.startTime)
        }).observe({ type: 'paint', buffered: true })
      }),
  )
}

async function pictures(page: Page, name: string): Promise<void> {
  for (const [look, colorScheme, width] of [
    ['light', 'light', 1280],
    ['dark', 'dark', 1280],
    ['phone', 'light', 390],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 844 })
    await page.screenshot({ path: join(PICTURES ?? '', `${name}-${look}.png`), fullPage: true })
  }
}
