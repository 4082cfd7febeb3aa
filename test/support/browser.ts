import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'
import { isRequired } from './required.ts'

const PLACES = [
  process.env.SAFELEVEL_CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Where Chromium is on this machine; null = it isn't. Tests that need it are skipped then, unless SAFELEVEL_TEST_REQUIRE names it. */
export function findChromium(): string | null {
  const found = PLACES.find((path) => path !== '' && existsSync(path))
  if (found !== undefined) return found
  if (isRequired('chromium'))
    throw new Error('Chromium is required here and was not found: install it, or name it in SAFELEVEL_CHROMIUM')
  return null
}

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('no Chromium')
  const root = process.getuid?.() === 0
  return await chromium.launch({ executablePath, args: root ? ['--no-sandbox'] : [] })
}

/** Somebody at a browser of their own, with a security key that answers every touch. */
export class Visitor implements AsyncDisposable {
  readonly context: BrowserContext
  readonly page: Page
  readonly cdp: CDPSession
  /** What went wrong in the page: uncaught errors, refusals by the security policy. */
  readonly complaints: string[] = []
  #authenticatorId = ''

  private constructor(context: BrowserContext, page: Page, cdp: CDPSession) {
    this.context = context
    this.page = page
    this.cdp = cdp
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('console', (message) => {
      // A refusal by the API is an answer; the browser reports it as an error all the same.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        this.complaints.push(message.text())
    })
  }

  static async arrive(browser: Browser, options: Parameters<Browser['newContext']>[0] = {}): Promise<Visitor> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    const cdp = await context.newCDPSession(page)
    const visitor = new Visitor(context, page, cdp)
    await cdp.send('WebAuthn.enable')
    await visitor.addKey()
    return visitor
  }

  /** Another key; the browser asks this one from now on. */
  async addKey(): Promise<void> {
    if (this.#authenticatorId !== '')
      await this.cdp.send('WebAuthn.setAutomaticPresenceSimulation', {
        authenticatorId: this.#authenticatorId,
        enabled: false,
      })
    const { authenticatorId } = await this.cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'usb',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    this.#authenticatorId = authenticatorId
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close()
  }
}
