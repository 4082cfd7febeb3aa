import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { MEASURES } from '../behaviour/index.ts'
import { coverage, RuleSet } from './index.ts'

const folder = fileURLToPath(new URL('../../../../rules/insider', import.meta.url))
const set = RuleSet.load(folder)

it('says for each technique what tells of it, or why nothing does', () => {
  const { techniques, covered, says } = coverage(set)
  expect(techniques.length).toBe(70)
  expect(new Set(techniques.map(({ id }) => id)).size).toBe(70)
  expect(says).toContain(`${covered} of 70`)
  const written: { id: string; uncovered?: string }[] = parse(readFileSync(`${folder}/coverage.yml`, 'utf8')).techniques
  // A reason stands exactly where nothing tells of a technique: it would be forgotten otherwise when a rule comes or goes.
  expect(written.filter(({ uncovered }) => uncovered !== undefined).map(({ id }) => id)).toEqual(
    techniques.filter(({ uncovered }) => uncovered !== null).map(({ id }) => id),
  )
})

it('names models of behaviour that there are', () => {
  const known = new Set<string>(MEASURES.map(({ id }) => `behaviour.${id}`))
  const named = coverage(set).techniques.flatMap(({ behaviour }) => behaviour)
  expect(named.filter((id) => !known.has(id))).toEqual([])
})

it('counts a rule about a part for the whole', () => {
  const of = (id: string) => coverage(set).techniques.find((one) => one.id === id)?.rules ?? []
  expect(of('T1011')).toContain('bluetooth')
  expect(of('T1136.001')).toContain('account_made')
  const without = RuleSet.parse([])
  expect(coverage(without).techniques.find(({ id }) => id === 'T1011')?.uncovered).toContain('No rule')
})
