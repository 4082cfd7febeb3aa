import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pieces, stretches } from '../../console/features/decisions/hidden-characters.ts'
import { decisionsHref, readSearch } from '../../console/features/decisions/search.ts'
import { findChromium, type Visitor } from '../support/browser.ts'
import { CYBER, comeAs, HATE, openShift, say } from './queue-world.ts'
import { type ConsoleWorld, HOSTILE } from './world.ts'

describe('the link of a list of decisions', () => {
  it('holds every filter, and drops what is no good', () => {
    const search = {
      outcome: 'refuse',
      clause: '4.10',
      organisation: 'org_1',
      since: '2026-11-20T00:00:00.000Z',
    } as const
    const link = new URL(decisionsHref(search), 'http://x')
    expect(link.searchParams.get('clause')).toBe('"4.10"') // quoted, or it would come back as a number
    expect(readSearch({ ...search, until: 'soon', id: 'org_1', enforced: 'maybe' })).toMatchObject({
      ...search,
      until: undefined,
      id: undefined,
      enforced: undefined,
    })
    expect(readSearch({ clause: 4.2 }).clause).toBe('4.2')
  })
})

describe('a text of a stranger', () => {
  it('has a name for every character that hides or turns others, and loses none', () => {
    expect(pieces('a\u202eb\u200b\u{e0041}')).toEqual([
      { text: 'a', hidden: false },
      { text: 'U+202E', hidden: true },
      { text: 'b', hidden: false },
      { text: 'U+200B', hidden: true },
      { text: 'U+E0041', hidden: true },
    ])
    expect(pieces('two\nlines\t❤️ äöü שלום')).toEqual([{ text: 'two\nlines\t❤️ äöü שלום', hidden: false }])
  })

  it('is marked where scores came from, whatever the marks say', () => {
    const marks = [
      { label: 'hate', score: 0.5, start: 2, end: 6 },
      { label: 'cyber_operations', score: 0.9, start: 4, end: 99 },
      { label: 'hate', score: 1, start: -1, end: 3 },
      { label: 'hate', score: 1, start: 5, end: 5 },
    ]
    const cut = stretches('0123456789', marks)
    expect(cut.map(({ text }) => text).join('')).toBe('0123456789')
    expect(cut.map(({ text, mark }) => [text, mark?.label])).toEqual([
      ['01', undefined],
      ['23', 'hate'],
      ['45', 'cyber_operations'],
      ['6789', 'cyber_operations'],
    ])
  })
})

describe.skipIf(findChromium() === null)('decisions in the console', () => {
  let world: ConsoleWorld
  let ann: Visitor

  beforeAll(async () => {
    world = await openShift()
    await say(world, 'How do I bake bread?')
    ann = await comeAs(world, 'analyst', 'rso')
  }, 180_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('come by themselves, stand still while paused, and go on', async () => {
    const { page } = ann
    const rows = page.locator('a[data-row]')
    await page.goto('/decisions')
    await page.getByText('live', { exact: true }).waitFor()
    expect(await rows.count()).toBe(1)
    await say(world, HATE)
    await rows.filter({ hasText: 'refused' }).waitFor()
    await page.getByRole('switch', { name: 'Live' }).click()
    await page.waitForURL('**paused=true')
    await say(world, CYBER)
    await page.getByRole('button', { name: 'Show 1 newer' }).waitFor()
    expect(await rows.count()).toBe(2)
    await page.getByRole('button', { name: 'Show 1 newer' }).click()
    await rows.nth(2).waitFor()
    expect(ann.complaints).toEqual([])
  })

  it('are filtered by the link, and by what is typed', async () => {
    const { page } = ann
    await page.goto('/decisions?outcome=refuse')
    await page.locator('a[data-row]').nth(1).waitFor()
    expect(await page.locator('a[data-row]').allInnerTexts()).toEqual(['refused', 'refused'])
    await page.getByRole('textbox', { name: 'Clause is' }).fill('5.2')
    await page.keyboard.press('Enter')
    await page.waitForURL('**clause=%225.2%22')
    await page.getByRole('list', { name: 'Filters' }).getByText('5.2').waitFor()
    await page.locator('a[data-row]').nth(1).waitFor({ state: 'detached' })
    // Another one like it appears by itself, one unlike it does not.
    await say(world, 'Why is the sky blue?')
    await say(world, HATE)
    await page.locator('a[data-row]').nth(1).waitFor()
    expect(await page.locator('a[data-row]').allInnerTexts()).toEqual(['refused', 'refused'])
    await page.getByRole('button', { name: 'Without clause 5.2' }).click()
    await page.locator('a[data-row]').nth(2).waitFor()
    await page.getByRole('textbox', { name: 'Clause is' }).fill('eu_nobody')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByText('None like this').waitFor()
    expect(page.url()).toContain('endUser=eu_nobody')
  })

  it('have a page: the clause in words, scores against the threshold, the proof, the case', async () => {
    const { page } = ann
    await page.goto('/decisions?outcome=refuse')
    await page.locator('a[data-row]').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: /^Refused: / }).waitFor()
    await page.getByRole('heading', { name: /^Clause 5\.2 · / }).waitFor()
    expect((await page.locator('blockquote').textContent())?.length).toBeGreaterThan(40)
    await page.getByText(/Prompt: .* against a threshold of/).waitFor()
    await page.getByText(/leads to the root of/).waitFor()
    await page.getByRole('link', { name: 'Its public page' }).waitFor()
    await page.getByRole('heading', { name: 'Review' }).waitFor()
    await page.getByRole('link', { name: 'Hate' }).last().click()
    await page.waitForURL('**/queue/cases/**')
    expect(ann.complaints).toEqual([])
  })

  it('show what was said for a reason, on record, blurred until it is held, and run none of it', async () => {
    const id = await say(world, `${HATE} ${HOSTILE} \u202eturned\u202c`)
    const { page } = ann
    await page.goto(`/decisions/${id}`)
    await page.getByRole('button', { name: 'Read it…' }).click()
    const size = world.running.app.ledger.size
    await page.getByRole('button', { name: 'Record and read' }).click()
    await page.getByRole('heading', { level: 3, name: 'Prompt' }).nth(1).waitFor()
    expect(await kindsSince(world, size)).toContain('content.read')
    const said = page.getByText('<img src=x').first()
    const filter = () => said.evaluate((node) => getComputedStyle(node.closest('[aria-hidden]') ?? node).filter)
    expect(await filter()).toContain('blur')
    await page.keyboard.down('r')
    await expect.poll(filter).toBe('none')
    await page.getByText('U+202E').first().waitFor()
    await page.keyboard.up('r')
    await expect.poll(filter).toContain('blur')
    await page.getByRole('button', { name: 'Keep clear' }).first().click()
    await expect.poll(filter).toBe('none')
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect(ann.complaints).toEqual([])
  })

  it('are closed to who may not see them', async () => {
    const stranger = await comeAs(world, 'security_engineer')
    await stranger.page.goto('/decisions')
    await stranger.page.getByText('None of your roles opens this').waitFor()
  })
})

async function kindsSince({ running: { app } }: ConsoleWorld, size: number): Promise<(string | undefined)[]> {
  return (await app.ledger.entries(size, 100)).map(({ event }) => event?.kind)
}
