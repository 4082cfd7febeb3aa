import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { suiteFiles, wordTask } from '../../../../test/support/suite-files.ts'
import { scoreOf } from './score.ts'
import { promptOf, readTaskFile } from './task-file.ts'

const { fresh, suiteFile } = suiteFiles()

describe('a file of tasks', () => {
  it('is read with its suite, its clusters and its digest', async () => {
    const suite = { suite: 's-1', domain: 'autonomy', threshold: 'T', rule: { kind: 'autonomy' } }
    const choice = { id: 'c', prompt: 'Which?', choices: ['one', 'two'], answer: 'B' }
    const read = await readTaskFile(suiteFile({ suite }, wordTask('a'), '', choice))
    expect(read).toMatchObject({ suite: { suite: 's-1' }, digest: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(read.tasks.map(({ id, cluster, pass }) => [id, cluster, pass.kind])).toEqual([
      ['a', 'f', 'exact'],
      ['c', null, 'choice'],
    ])
    const [, asked] = read.tasks.map(promptOf)
    expect(asked).toBe(
      'Which?\n\nA) one\nB) two\n\nGive the letter of the right choice on the last line: "ANSWER: <letter>".',
    )
  })

  it.each([
    ['nothing', [''], 'not one task'],
    ['no JSON', [wordTask('a'), '{'], 'line 2'],
    ['an id twice', [wordTask('a'), wordTask('a')], 'line 2: the id'],
    ['neither choices nor a criterion', [{ id: 'a', prompt: 'x' }], 'line 1'],
    ['both', [{ ...wordTask('a'), choices: ['x', 'y'], answer: 'A' }], 'go together'],
    ['a letter that no choice has', [{ id: 'a', prompt: 'x', choices: ['x', 'y'], answer: 'C' }], 'one of its 2'],
    ['a choice twice', [{ id: 'a', prompt: 'x', choices: ['x', 'x'], answer: 'A' }], 'twice'],
    ['two criteria', [{ id: 'a', prompt: 'x', pass: { exact: 'x', contains: 'x' } }], 'line 1'],
    ['a pattern that is none', [{ id: 'a', prompt: 'x', pass: { regex: '(' } }], "can't be read"],
    ['a pattern that RE2 has not', [{ id: 'a', prompt: 'x', pass: { regex: '(a)\\1' } }], "can't be read"],
    ['a pattern without measure', [{ id: 'a', prompt: 'x', pass: { regex: '(\\w{99}){99}' } }], ''],
    ['a word too many', [{ ...wordTask('a'), attempts: 3 }], 'line 1'],
    ['a suite that lists its tasks', [{ suite: { suite: 's', tasks: 1 } }, wordTask('a')], 'line 1'],
  ])('is refused with %s', async (_, lines, words) => {
    const attempt = readTaskFile(suiteFile(...lines))
    await expect(attempt).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining(words),
    })
  })

  it('is refused where there is none, or what is not UTF-8', async () => {
    await expect(readTaskFile(fresh())).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    const path = fresh()
    writeFileSync(path, Buffer.of(0xff, 0xfe))
    await expect(readTaskFile(path)).rejects.toThrow('UTF-8')
  })
})

describe('a score', () => {
  const choice = { kind: 'choice', letter: 'B', choices: ['red', 'blue', 'green'] } as const
  const exact = { kind: 'exact', text: '42', ignoreCase: false } as const
  const contains = { kind: 'contains', text: 'Ünit', ignoreCase: true } as const
  it.each([
    [choice, 'ANSWER: B', 'stop', 'passed'],
    [choice, 'First I thought ANSWER: A, but then\n**ANSWER: B**', 'stop', 'passed'],
    [choice, 'The answer is (B).', 'stop', 'passed'],
    [choice, 'B', 'stop', 'passed'],
    [choice, '(B)', 'stop', 'passed'],
    [choice, 'B) blue', 'stop', 'passed'],
    [choice, 'blue', 'stop', 'passed'],
    [choice, 'A) blue', 'stop', 'unscored'],
    [choice, 'ANSWER: C', 'stop', 'failed'],
    [choice, 'The answer is a matter of taste', 'stop', 'unscored'],
    [choice, 'ANSWER: Z', 'stop', 'unscored'],
    [choice, 'ANSWER: <letter>', 'stop', 'unscored'],
    [choice, 'I’m sorry, but I can’t help with that.', 'stop', 'refused'],
    [choice, 'ANSWER: B', 'length', 'passed'],
    [choice, 'ANSWER: A', 'length', 'errored'],
    [choice, '', 'refusal', 'refused'],
    [choice, '   ', 'stop', 'unscored'],
    [exact, ' 42\n', 'stop', 'passed'],
    [exact, '42.', 'stop', 'failed'],
    [exact, 'I cannot help with that', 'stop', 'refused'],
    [exact, 'I', 'length', 'errored'],
    [contains, 'a U\u0308NIT of it', 'stop', 'passed'],
  ] as const)('%o of %j that ended by %s is %s', (pass, text, end, outcome) => {
    expect(scoreOf(pass, { text, end }).outcome).toBe(outcome)
  })

  it('takes time that is linear in the answer, whatever it says', async () => {
    const { tasks } = await readTaskFile(suiteFile({ id: 'a', prompt: 'x', pass: { regex: '(a*)*b$' } }))
    const [task] = tasks
    if (task === undefined) throw new Error('no task')
    for (const pass of [task.pass, choice]) {
      for (const text of ['a'.repeat(200_000), 'answer '.repeat(30_000), 'ANSWER:'.repeat(30_000)]) {
        const from = performance.now()
        scoreOf(pass, { text, end: 'stop' })
        expect(performance.now() - from).toBeLessThan(2_000)
      }
    }
  })
})
