import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCourses } from '../../src/staff/index.ts'
import { findChromium, type Visitor } from '../support/browser.ts'
import { faultsOf } from './axe.ts'
import { takePictures } from './pictures.ts'
import { ConsoleWorld } from './world.ts'

const chromium = findChromium()
if (chromium === null)
  process.stderr.write('SKIPPED: training in Chromium (install chromium, or name it in SAFELEVEL_CHROMIUM)\n')

const { course } = loadCourses().get('administrator')

describe.skipIf(chromium === null)('training in a browser', () => {
  let world: ConsoleWorld
  let ada: Visitor

  beforeAll(async () => {
    world = await ConsoleWorld.open()
    ada = await world.firstAdministrator('Ada Okafor')
  }, 120_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  const answer = async (isRight: boolean) => {
    const { page } = ada
    for (const { ask, choices } of course.questions) {
      const question = page.getByRole('group', { name: ask })
      for (const { says, right } of choices)
        if (right === isRight) {
          await question.getByLabel(says, { exact: true }).check()
          if (!isRight) break
        }
    }
    await page.getByRole('button', { name: 'Have them graded' }).click()
  }

  it('shows what roles ask for, fails who guesses, and puts who passes on the ledger', async () => {
    const { page } = ada
    await page.goto('/training')
    await page.getByText('0 of 5 completed').waitFor()
    await takePictures(page, 'training')
    expect(await faultsOf(page, 'training')).toEqual([])
    await page.getByRole('link', { name: course.title }).click()
    await page.getByRole('heading', { name: course.lessons[0]?.title ?? '' }).waitFor()
    await takePictures(page, 'training-course')
    expect(await faultsOf(page, 'a course')).toEqual([])

    const asked = page.waitForResponse((response) => response.url().endsWith('/attempts'))
    await page.getByRole('button', { name: 'Answer 5 questions' }).click()
    expect(await (await asked).text()).not.toMatch(/"right"|"why"/)
    await page.getByRole('group').first().waitFor()
    expect(await page.getByRole('button', { name: 'Have them graded' }).isDisabled()).toBe(true)
    await takePictures(page, 'training-questions')
    expect(await faultsOf(page, 'questions')).toEqual([])
    await answer(false)
    await page.getByRole('heading', { name: /^Not passed yet/ }).waitFor()
    await page.getByText('Read again: People and roles').waitFor()
    await takePictures(page, 'training-failed')

    await page.getByRole('button', { name: 'Try again' }).click()
    await answer(true)
    await page.getByRole('heading', { name: /^Passed/ }).waitFor()
    await page.getByText(course.questions[0]?.why ?? '').waitFor()
    await takePictures(page, 'training-passed')
    expect(await faultsOf(page, 'passed')).toEqual([])
    const [row] = await world.running.app.staff.courses.table()
    expect(row?.courses.find((one) => one.course === course.id)?.completion).toMatchObject({ how: 'passed' })
    await page.goto('/training?show=everybody')
    await page.getByText('1 of 5').first().waitFor()
    await takePictures(page, 'training-everybody')
    expect(await faultsOf(page, 'everybody')).toEqual([])
  })
})
