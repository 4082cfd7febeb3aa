import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadRunbooks } from './library.ts'

const folder = mkdtempSync(join(tmpdir(), 'runbooks-'))
afterAll(() => rmSync(folder, { recursive: true }))

const own = (steps: string, more = '') => `
id: outage
title: Our outage
when: always
about: nothing
lead: [rso]
${more}
steps:
${steps}
`
const STEP = '  - { id: a, kind: do, title: A, say: a, roles: [rso] }\n'

function load(text: string, name = 'outage.yaml') {
  writeFileSync(join(folder, name), text)
  try {
    return loadRunbooks(folder)
  } finally {
    rmSync(join(folder, name))
  }
}

describe('the library', () => {
  it('has what ships, and in place of one of these the organisation’s own', () => {
    const shipped = loadRunbooks(null).all
    expect(shipped.map(({ id }) => id).toSorted()).toEqual([
      ...['capability-surprise', 'child-safety-report', 'jailbreak', 'key-compromise', 'ledger-fork', 'lost-database'],
      ...['outage', 'weights-theft'],
    ])
    expect(shipped.every(({ own }) => !own)).toBe(true)
    const mixed = load(own(STEP))
    expect(mixed.all).toHaveLength(shipped.length)
    expect(mixed.get('outage')).toMatchObject({ title: 'Our outage', own: true })
    expect(() => mixed.get('nothing')).toThrow(/safelevel runbook list/)
  })

  it.each([
    ['no such file name', own(STEP), 'other.yaml', /name the file outage.yaml/],
    ['two steps of one name', own(STEP + STEP), 'outage.yaml', /two steps of this name/],
    [
      'a later question',
      own(`${STEP.replace(' }', ', only: { decision: b, answers: [x] } }')}`),
      'outage.yaml',
      /no question before it/,
    ],
    ['nobody to do it', own(STEP, 'readers: [ceo]'), 'outage.yaml', /nobody who may do it sees the run/],
    [
      'a look at nothing',
      own(`${STEP}  - { id: b, kind: check, title: B, say: b, look: moon:full }\n`),
      'outage.yaml',
      /control:ID/,
    ],
    ['no YAML', 'a: [', 'outage.yaml', /no sound YAML/],
  ])('refuses %s', (_, text, name, message) => {
    expect(() => load(text, name)).toThrow(message)
  })

  it('refuses a folder that is not there', () => {
    expect(() => loadRunbooks(join(folder, 'nowhere'))).toThrow(/can’t be read/)
  })
})
