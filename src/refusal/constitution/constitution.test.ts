import { describe, expect, it } from 'vitest'
import { readPolicy, readPolicyFile } from '../../policy/index.ts'
import { builtInConstitutionPath, Constitution, readConstitution, unfitFor } from './constitution.ts'

const shipped = readConstitution()
const { document: policy } = readPolicy(readPolicyFile(), null)
if (policy === null) throw new Error('the shipped policy does not load')

const MINIMAL = `
schema: safelevel.constitution/1
version: 1.0.0
title: Small
language: en
principles:
  - id: harm
    clauses: ['1.1']
    prompts: [harmful]
    critique: Point out what is harmful in it.
    revision: Write it again without any harm.
    preference: Which answer is less harmful?
  - id: help
    clauses: []
    prompts: [helpful]
    preference: Which answer is of more help?
`

describe('the constitution that ships', () => {
  it('fits the policy that ships, with principles for harm and for help', () => {
    expect(unfitFor(shipped, policy)).toEqual([])
    expect(shipped.document.principles.length).toBeGreaterThanOrEqual(16)
    expect(shipped.for('helpful').length).toBeGreaterThanOrEqual(4)
    expect(shipped.examples.length).toBeGreaterThanOrEqual(3)
    expect(builtInConstitutionPath()).toMatch(/policies\/constitution\.yaml$/)
  })
})

describe('a constitution', () => {
  it('has a digest of what it says, not of how it is laid out', () => {
    const again = Constitution.load(`# a comment\n${MINIMAL.replace("clauses: ['1.1']", 'clauses: [ "1.1" ]')}`)
    expect(again.digest).toBe(Constitution.load(MINIMAL).digest)
    expect(Constitution.load(MINIMAL.replace('less harmful', 'harmless')).digest).not.toBe(again.digest)
  })

  it('that doesn’t fit the policy is told so, clause by clause', () => {
    const small = Constitution.load(MINIMAL.replace("'1.1'", "'9.9'"))
    const problems = unfitFor(small, policy)
    expect(problems).toContain('principle harm: the policy has no clause 9.9')
    expect(problems).toContain('clause 1.1 (Chemical weapons) has no principle')
    // Nobody can find images in text, so nothing asks for a principle about them.
    expect(problems.join()).not.toContain('6.4')
    const harsh = Constitution.load(
      MINIMAL.replace(
        'prompts: [helpful]',
        'prompts: [harmful]\n    critique: Is it of any use?\n    revision: Make it useful again.',
      ),
    )
    expect(unfitFor(harsh, policy)).toContain('no principle asks whether an answer helps')
  })

  it.each([
    ['no YAML', 'principles: [', /no sound YAML/],
    ['a list', '- a', /is invalid/],
    ['aliases', MINIMAL.replace('title: Small', 'title: &x Small\nlanguage2: *x'), /aliases/],
    ['a key twice', MINIMAL.replace('title: Small', 'title: Small\ntitle: Big'), /no sound YAML/],
    ['a key too many', `${MINIMAL}extra: 1\n`, /is invalid/],
    ['no critique', MINIMAL.replace(/ {4}critique.*\n/, ''), /critique and a revision/],
    ['one name twice', MINIMAL.replace('id: help', 'id: harm'), /two principles are called harm/],
    [
      'an example of nothing',
      `${MINIMAL}examples:\n  - { prompt: 'a longer prompt', answer: 'a longer answer', principle: help, critique: 'a critique of it', revision: 'a revision of it' }\n`,
      /an example names help/,
    ],
    ['far too much', `${MINIMAL}# ${'x'.repeat(600_000)}`, /longer than/],
  ])('with %s is refused', (_, text, words) => {
    expect(() => Constitution.load(text)).toThrow(words)
  })

  it('that isn’t there is a clear error', () => {
    expect(() => readConstitution('/nowhere/at-all.yaml')).toThrow(/can't be read/)
  })
})
