import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import type { Clock } from '../../src/base/clock.ts'
import { type Classifier, LinearScreen } from '../../src/screening/index.ts'
import { relyingParty } from '../../src/staff/index.ts'
import { launchChromium, Visitor } from '../support/browser.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'

const SCREEN = fileURLToPath(new URL('../../assets/screen', import.meta.url))
const BUILD = fileURLToPath(new URL('../../console/build.ts', import.meta.url))

/** What somebody might call themselves. */
export const HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'

/** A server with its console, and the people who come to it, each at a browser of their own. */
export class ConsoleWorld implements AsyncDisposable {
  readonly running: RunningApp
  readonly browser: Browser
  /** As browsers say it: `http://localhost:40123`. */
  readonly origin: string
  readonly #resources: AsyncDisposableStack

  private constructor(running: RunningApp, browser: Browser, resources: AsyncDisposableStack) {
    this.running = running
    this.browser = browser
    this.origin = relyingParty(running.app.staff.context.config).origin
    this.#resources = resources
  }

  /** @param classifier the built-in screen when absent */
  static async open(
    config: Record<string, unknown> = {},
    classifier?: Classifier,
    clock?: Clock,
  ): Promise<ConsoleWorld> {
    await using resources = new AsyncDisposableStack()
    const [running, browser] = await Promise.all([
      startApp({
        config,
        watched: true,
        classifier: classifier ?? LinearScreen.load(SCREEN),
        ...(clock === undefined ? {} : { clock }),
      }).then((app) => resources.use(app)),
      launchChromium().then((launched) => resources.adopt(launched, (b) => b.close())),
      promisify(execFile)(process.execPath, [BUILD]),
    ])
    return new ConsoleWorld(running, browser, resources.move())
  }

  async arrive(options: Parameters<typeof Visitor.arrive>[1] = {}): Promise<Visitor> {
    return this.#resources.use(await Visitor.arrive(this.browser, { baseURL: this.origin, ...options }))
  }

  /** Sets the installation up as its first administrator, through the pages. */
  async firstAdministrator(name: string): Promise<Visitor> {
    const setup = await this.running.app.staff.enrolment.issueSetup()
    if (setup === null) throw new Error('there was an administrator before the first')
    const visitor = await this.arrive()
    const { page } = visitor
    await page.goto(`/setup#${setup.token}`)
    await page.getByLabel('Your name').fill(name)
    await page.getByRole('button', { name: 'Register a security key' }).click()
    await page.getByRole('heading', { name: 'Now', exact: true }).waitFor()
    return visitor
  }

  /** Invites somebody through the pages, and comes back as them. */
  async invite(administrator: Visitor, name: string): Promise<Visitor> {
    const { page } = administrator
    await page.goto('/people')
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.getByLabel('Name').fill(name)
    await page.getByRole('button', { name: 'Make a link' }).click()
    const link = await page.getByRole('dialog').locator('code').textContent()
    await page.getByRole('button', { name: 'Done' }).click()
    const visitor = await this.arrive()
    await visitor.page.goto(link ?? '')
    await visitor.page.getByRole('button', { name: 'Register a security key' }).click()
    await visitor.page.getByRole('heading', { name: 'Now', exact: true }).waitFor()
    return visitor
  }

  /** Asks for a role for somebody, on their page. */
  async askForRole(by: Visitor, name: string, role: RegExp, reason: string): Promise<void> {
    const { page } = by
    await page.goto('/people')
    await page.getByRole('link', { name, exact: true }).click()
    await page.getByRole('button', { name: 'Give a role' }).click()
    await page.getByRole('combobox', { name: 'Role' }).click()
    await page.getByRole('option', { name: role }).click()
    await page.getByLabel('Reason').fill(reason)
    await page.getByRole('button', { name: 'Ask for it' }).click()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }
}
