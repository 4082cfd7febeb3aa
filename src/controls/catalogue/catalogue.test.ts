import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { goneBy, loadCatalogue } from './index.ts'

const SHIPPED = fileURLToPath(new URL('../../../controls/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'catalogue-'))
afterAll(() => rmSync(folder, { recursive: true }))

const catalogue = loadCatalogue()

/** What is said of the catalogue when a file of it reads otherwise. */
function broken(file: string, from: string | RegExp, to: string): () => unknown {
  cpSync(SHIPPED, folder, { recursive: true })
  const text = readFileSync(join(folder, file), 'utf8')
  const changed = text.replace(from, to)
  if (changed === text) throw new Error(`${file} has no ${from}`)
  writeFileSync(join(folder, file), changed)
  return () => loadCatalogue(folder)
}

describe('the catalogue', () => {
  it('has the 142 controls and 13 of the next level, by family', () => {
    const counts = Object.fromEntries(catalogue.families.map(({ family, controls }) => [family, controls.length]))
    expect(counts).toEqual({ GOV: 32, EVL: 31, RSP: 15, SEC: 34, DEP: 22, WHC: 8, X: 13 })
    expect(catalogue.controls).toHaveLength(155)
  })

  it('has profiles that are told apart by what their editions dropped and added', () => {
    const ids = (profile: string) => catalogue.profile(profile).controls
    expect(Object.fromEntries(catalogue.profiles.map(({ id, controls }) => [id, controls.length]))).toEqual({
      'rsp-1.0': 106,
      'rsp-2.2': 104,
      'rsp-3.4-governance': 10,
      'asl3-stretch': 13,
    })
    expect(ids('rsp-1.0')).toEqual(expect.arrayContaining(['SEC-23', 'EVL-06', 'RSP-07', 'GOV-31']))
    expect(ids('rsp-2.2')).not.toEqual(expect.arrayContaining(['SEC-23']))
    expect(ids('rsp-2.2')).toEqual(expect.arrayContaining(['DEP-13', 'EVL-26', 'DEP-15', 'DEP-16']))
    const stretched = catalogue.in('rsp-2.2', 'asl3-stretch').map(({ id }) => id)
    expect(stretched).toHaveLength(117)
    const plain = catalogue.profiles.filter(({ kind }) => kind === 'profile').flatMap(({ controls }) => controls)
    expect(plain.filter((id) => id.startsWith('X-'))).toEqual([])
  })

  it('keeps in sight what an edition dropped, with the reason', () => {
    expect(goneBy(catalogue.control('SEC-23'), 'rsp-1.0')).toBeNull()
    expect(goneBy(catalogue.control('SEC-23'), 'rsp-2.2')).toMatchObject({ policy: 'rsp-2.0', change: 'dropped' })
    expect(goneBy(catalogue.control('GOV-31'), 'rsp-2.2')).toMatchObject({ change: 'superseded', by: ['RSP-15'] })
  })

  it('answers by clause of another regime', () => {
    const rows = catalogue.regime('sb-53')
    const concerns = rows.find(({ clause }) => clause === 'LAB 1107.1(e)')
    expect(concerns?.controls.map(({ id }) => id)).toEqual(['GOV-10', 'GOV-12', 'GOV-14', 'GOV-15'])
    expect(rows.map(({ clause }) => clause)).toEqual(
      [...new Set(rows.map(({ clause }) => clause))].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })),
    )
  })

  it('tells of every commitment of the White House', () => {
    expect(catalogue.regime('white-house').map(({ clause }) => clause)).toEqual(
      Array.from({ length: 8 }, (_, i) => `Commitment ${i + 1}`),
    )
  })

  it('lists what SOC 2 asks for, and says of each criterion that no control answers to that it is so', () => {
    const rows = catalogue.regime('soc2')
    const of = (prefix: string) => rows.filter(({ clause }) => clause.startsWith(prefix)).length
    // TSP section 100: 33 common criteria, then availability, confidentiality, processing integrity and privacy.
    expect(['CC', 'A', 'C1', 'PI', 'P'].map(of)).toEqual([33, 3, 2, 5, 23])
    expect(rows.find(({ clause }) => clause === 'CC6.2')?.controls.map(({ id }) => id)).toEqual(['SEC-14', 'SEC-21'])
    for (const { gap, controls } of rows) expect(gap === null).toBe(controls.length > 0)
  })

  it.each([
    [
      'a clause that nobody says a word of',
      'regimes.yaml',
      'title: Recovery is tested, gap: No control asks for it.',
      'title: Recovery is tested',
      'soc2: no control answers to A1.3; say that none does',
    ],
    ['a control that got lost', 'gov.yaml', 'id: GOV-32', 'id: GOV-33', 'GOV: must hold GOV-01 to GOV-32'],
    ['a role that nobody can hold', 'whc.yaml', 'owner: ciso', 'owner: cto', 'WHC-03: no role of staff is called cto'],
    [
      'a lineage into nothing',
      'gov.yaml',
      'by: [GOV-09]',
      'by: [GOV-99]',
      'GOV-08: nothing can be superseded by GOV-99',
    ],
    [
      'no reason for what was dropped',
      'gov.yaml',
      ', reason: No reason is on record. }',
      ' }',
      'GOV-20: rsp-2.0 has it dropped, but why?',
    ],
    ['a control that a profile forgot', 'profiles.yaml', 'GOV-01, GOV-02,', 'GOV-02,', 'rsp-1.0: lacks GOV-01'],
    [
      'one that it made up',
      'profiles.yaml',
      'X-01, ',
      'X-01, SEC-23, ',
      'asl3-stretch: has SEC-23, which its sources lack',
    ],
    [
      'an exception without effect',
      'profiles.yaml',
      'control: SEC-01',
      'control: GOV-01',
      'rsp-2.2: its exception for GOV-01 changes nothing',
    ],
    ['a field that nobody knows', 'dep.yaml', 'freshDays: 190', 'freshWeeks: 27', 'freshWeeks'],
    ['no YAML at all', 'evl.yaml', 'controls:', 'controls: [', 'evl.yaml is no sound YAML'],
  ])('does not load with %s', (_, file, from, to, why) => {
    expect(broken(file, from, to)).toThrow(why)
  })

  it('says what it lacks where a file is missing, and what there is where a name is wrong', () => {
    expect(() => loadCatalogue(join(folder, 'nowhere'))).toThrow('gov.yaml can’t be read')
    expect(() => catalogue.control('GOV-99')).toThrow('there is no control GOV-99')
    expect(() => catalogue.profile('rsp-4')).toThrow('there are rsp-1.0, rsp-2.2, rsp-3.4-governance, asl3-stretch')
  })
})
