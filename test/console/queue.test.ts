import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countdown } from '../../console/features/queue/claim.ts'
import { ALL_VERDICTS, offered, queueName, whatFollows } from '../../console/features/queue/words.ts'
import { findChromium, type Visitor } from '../support/browser.ts'
import { comeAs, HATE, openShift, say } from './queue-world.ts'
import type { ConsoleWorld } from './world.ts'

describe('the words of the queue', () => {
  it('name queues, and say what follows from a verdict', () => {
    expect(queueName('4.2:hate:moderate')).toBe('4.2 · Hate · moderate')
    expect(queueName('-:-:high')).toBe('no label · high')
    const refused = { basis: 'refused', state: 'waiting', severity: 'moderate', desk: 'ordinary' } as const
    expect(whatFollows('overturn', refused)).toContain('second reader')
    expect(whatFollows('overturn', { ...refused, state: 'adjudication' })).toContain('Decides it')
    expect(whatFollows('uphold', { ...refused, severity: 'extreme' })).toContain('second reader')
    const lead = { ...refused, state: 'escalated' } as const
    expect(ALL_VERDICTS.filter((verdict) => offered(verdict, lead))).toEqual(['uphold', 'overturn'])
  })

  it('count down without ever saying that nothing is left while something is', () => {
    expect([299_001, 60_000, 1, 0].map(countdown)).toEqual(['05:00', '01:00', '00:01', '00:00'])
  })
})

describe.skipIf(findChromium() === null)('a shift at the queue', () => {
  let world: ConsoleWorld
  let ann: Visitor
  let bob: Visitor
  let dee: Visitor

  beforeAll(async () => {
    world = await openShift({ exposure: { breakAfterItems: 3 } })
    await say(world, HATE)
    ;[ann, bob] = await Promise.all([comeAs(world, 'analyst'), comeAs(world, 'analyst')])
  }, 180_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  /** Somebody with a security key: for what is grave. */
  const leadWithKey = async () => {
    const ada = await world.firstAdministrator('Ada Okafor')
    const lead = await world.invite(ada, 'Dee Marsh')
    await world.askForRole(ada, 'Dee Marsh', /Responsible Scaling/, 'Answers for the policy')
    await ada.page.getByText('is Responsible Scaling Officer now').waitFor()
    return lead
  }
  const takeNext = async (page: Page) => {
    await page.goto('/queue')
    await page.getByRole('button', { name: 'Take the next case' }).waitFor()
    await page.keyboard.press('t')
    await page.getByText(/^yours, /).waitFor()
  }
  const decided = (page: Page, words: string) => page.locator('[role=status]').getByText(words).waitFor()

  it('is begun by a key: take, hold to read, decide, each on record', async () => {
    const { page } = ann
    await page.goto('/queue')
    await page.getByRole('link', { name: /5\.2 · Hate/ }).waitFor()
    expect(await page.getByRole('link', { name: 'Queue 1 waiting' }).count()).toBe(1)
    await page.keyboard.press('t')
    await page.getByText(/yours, 0[45]:\d\d left/).waitFor()
    await page.getByRole('heading', { level: 1, name: 'Hate' }).waitFor()
    // Nothing of what was said is in the page before it is asked for.
    expect(await page.content()).not.toContain('marigold')
    const size = world.running.app.ledger.size
    await page.keyboard.down('r')
    const said = page.getByText('marigold').first()
    await said.waitFor()
    const filter = () => said.evaluate((node) => getComputedStyle(node.closest('[aria-hidden]') ?? node).filter)
    await expect.poll(filter).toBe('none')
    await page.keyboard.up('r')
    await expect.poll(filter).toContain('grayscale')
    await page.getByText('1 of 200 texts today').waitFor()
    const entries = await world.running.app.ledger.entries(size, 50)
    expect(entries.filter(({ event }) => event?.kind === 'content.read')).toHaveLength(1)

    await page.keyboard.press('2')
    await page.getByText('A second reader confirms it; then strikes').waitFor()
    await page.keyboard.press('n')
    await page.keyboard.type('Asked by 1 of our own testers?') // digits and letters are text here
    await page.keyboard.press('Control+Enter')
    await decided(page, 'waits for a second reader')
    expect(ann.complaints).toEqual([])
  })

  it('goes on with a second reader, who is told nothing, and undoes what followed', async () => {
    const { page } = bob
    await page.goto('/queue?state=second_reading')
    await page.locator('a[data-row]').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByText('Nobody has it.').waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('You are the second reader.').waitFor()
    expect(await page.content()).not.toContain('our own testers')
    await page.keyboard.press('2')
    await page.keyboard.press('Enter')
    await decided(page, 'decided: overturned')
    // Now it can sway nobody.
    await page.getByText('Asked by 1 of our own testers?').waitFor()
    const { enforcement } = world.running.app
    const { items } = await enforcement.readings.strikes({ limit: 10 })
    expect(items.every(({ undone }) => undone !== null)).toBe(true)
    // The next one, at a key; nothing is left.
    await page.keyboard.press('Enter')
    await page.getByText('Nothing is left for you here').waitFor()
    expect(bob.complaints).toEqual([])
  })

  it('never loses a note when the claim is over, or somebody else was quicker', async () => {
    await say(world, HATE)
    const { page } = ann
    await takeNext(page)
    const reviewer = await reviewerOf(page)
    await page.keyboard.press('1')
    await page.getByLabel('Note').fill('Clear to me')
    // As a claim ends that ran out while nobody was here.
    await world.running.app.review.claims.releaseAll(reviewer, 'review.released')
    await page.getByRole('button', { name: /^Uphold Enter/ }).click()
    await page.getByText('Your claim is over: it ran out or was released').waitFor()
    await page.getByText('What you wrote is still here.').waitFor()
    await page.getByRole('button', { name: 'Take it again' }).first().waitFor()
    expect(await page.getByLabel('Note').inputValue()).toBe('Clear to me')

    await bob.page.goto(new URL(page.url()).pathname)
    await bob.page.getByRole('button', { name: 'Take this case' }).click()
    await bob.page.getByText(/^yours, /).waitFor()
    await page.getByRole('button', { name: 'Take it again' }).first().click()
    await page.getByText('Somebody else holds this case now.').waitFor()
    expect(await page.getByLabel('Note').inputValue()).toBe('Clear to me')

    await bob.page.getByRole('button', { name: 'Release' }).click()
    await bob.page.getByText('Nobody has it.').waitFor()
    // The note is there even after having looked elsewhere.
    await page.getByRole('link', { name: 'Decisions', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Decisions' }).waitFor()
    await page.goBack()
    await page.getByRole('button', { name: 'Take this case' }).click()
    await page.getByText(/^yours, /).waitFor()
    expect(await page.getByLabel('Note').inputValue()).toBe('Clear to me')
    await page
      .getByRole('button', { name: /^Uphold/ })
      .last()
      .click()
    await decided(page, 'decided: upheld')
    expect([...ann.complaints, ...bob.complaints]).toEqual([])
  })

  it('ends in a break when one is due', async () => {
    const { page } = ann
    // One text was read in the first case; the third one makes a break due, but is read to its end.
    for (const words of ['of 200 texts today · weight 4', 'a break is due']) {
      await say(world, HATE)
      await takeNext(page)
      await page.getByRole('button', { name: 'Keep clear' }).first().click()
      await page.getByText('marigold').first().waitFor()
      await page.getByText(words).waitFor()
      await page.keyboard.press('1')
      await page.keyboard.press('Enter')
      await decided(page, 'decided: upheld')
    }
    await page.getByRole('heading', { name: 'A break is due' }).waitFor()
    await page.getByRole('button', { name: 'Take the break' }).click()
    await page.getByText('Enjoy your break').waitFor()
    await page.getByRole('heading', { level: 1, name: 'Queue' }).waitFor()
    // Somebody else can allow more, never oneself; a break stays a break.
    await bob.page.goto('/queue?tab=readers')
    expect(await bob.page.getByRole('button', { name: 'Allow more…' }).count()).toBeLessThan(2)
    expect(ann.complaints).toEqual([])
  })

  it('shows how readers agree, and gives what they said as labelled data', async () => {
    dee = await leadWithKey()
    const { page } = dee
    await page.goto('/queue?tab=agreement')
    await page.getByRole('heading', { name: /^By queue/ }).waitFor()
    await page.getByRole('button', { name: /5\.2 · Hate.*too few n 1/ }).waitFor()
    await page.getByText('1 pair is few').first().waitFor()
    await page.getByRole('button', { name: 'Labelled data…' }).click()
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    const lines = (await readFile(await (await downloading).path(), 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).outcome)).toContain('overturn')
    expect(lines.join('')).not.toContain('marigold')
    expect(dee.complaints).toEqual([])
  })

  it('keeps what is restricted from everybody but the few, and holds its report ready for them', async () => {
    const { review } = world.running.app
    const at = new Date().toISOString()
    const report = { basis: 'report', severity: 'extreme', label: 'child_exploitation', at } as const
    const decisionId = await say(world, 'Why is the sky blue?')
    const id = await review.openCase({ ...report, source: 'report:1', decisionId })
    await bob.page.goto(`/queue/cases/${id}`)
    await bob.page.getByText('There is nothing here').waitFor()
    await bob.page.goto('/queue')
    await bob.page.getByRole('heading', { name: 'Cases' }).waitFor()
    expect(await bob.page.getByText('Restricted').count()).toBe(0)

    const ciso = await comeAs(world, 'ciso')
    for (const [lead, words] of [
      [ciso, 'waits for a second reader'],
      [dee, 'decided: upheld'],
    ] as const) {
      await lead.page.goto('/queue?queue=restricted')
      await lead.page.getByRole('button', { name: 'Take the next case' }).click()
      await lead.page.getByText(/^yours, /).waitFor()
      await lead.page.keyboard.press('1')
      await lead.page.keyboard.press('Enter')
      await decided(lead.page, words)
    }
    const { page } = dee
    await page.goto('/queue?tab=reports')
    await page.locator('a[data-row]').first().click()
    await page.getByRole('heading', { name: /^Report to the authority/ }).waitFor()
    await page.getByLabel('Service through which it happened').fill('Chat API')
    await page.getByRole('button', { name: 'Keep the form' }).click()
    await page.getByRole('button', { name: 'I have sent it' }).waitFor()
    await page.getByLabel('Number of the report').fill('R-1')
    await page.getByRole('button', { name: 'I have sent it' }).click()
    await page.getByText('Recorded as sent').waitFor()
    expect((await review.handoffs.owed({ id: 'x', roles: new Set(['rso']) })).length).toBe(0)
    expect([...dee.complaints, ...ciso.complaints]).toEqual([])
  })
})

async function reviewerOf(page: Page): Promise<{ id: string; roles: ReadonlySet<'analyst'> }> {
  const me = await (await page.request.get('/api/v1/staff/session')).json()
  return { id: me.person.id, roles: new Set(['analyst'] as const) }
}
