import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatCheckpoint } from './checkpoint.ts'
import { formatCosignerSkey, parseCosignerSkey } from './cosignature.ts'
import { TlogError } from './error.ts'
import { formatSkey, parseSkey, parseVkey } from './key.ts'
import { signNote } from './note.ts'
import { meetsQuorum, openWitnessed, parseTrustPolicy, readWitnessed } from './trust-policy.ts'

const seed = (n: number) => new Uint8Array(32).fill(n)
const log = await parseSkey(await formatSkey('example.com/log', seed(1)))
const witnesses = await Promise.all(
  ['x1', 'x2', 'x3', 'y1', 'y2', 'y3'].map(async (name, i) => ({
    name,
    cosigner: await parseCosignerSkey(await formatCosignerSkey(`${name}.example`, seed(10 + i))),
  })),
)
const vkeyOf = (name: string) => witnesses.find((w) => w.name === name)?.cosigner.vkey ?? ''
const lines = witnesses.map(({ name, cosigner }) => `witness ${name} ${cosigner.vkey}`)
/** The example of the specification. */
const EXAMPLE = `log ${log.vkey}

# two organisations
${lines.slice(0, 3).join('\n')}
group X-witnesses 2 x1 x2 x3

  ${lines.slice(3).join('\n\t')}
group Y-witnesses any y1 y2 y3\t
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`
const text = formatCheckpoint({ origin: 'example.com/log', size: 7, root: seed(3) })
const note = await signNote(text, [log])
const cosignedBy = async (names: readonly string[]) => {
  const by = witnesses.filter(({ name }) => names.includes(name))
  return note + (await Promise.all(by.map(({ cosigner }) => cosigner.cosign(text, 1000)))).join('')
}

describe('a trust policy', () => {
  it('asks for the quorum of its groups', async () => {
    const policy = parseTrustPolicy(EXAMPLE)
    expect(policy.logs.map(({ key }) => key.vkey)).toEqual([log.vkey])
    const { cosignatures, size } = await openWitnessed(await cosignedBy(['x1', 'x3', 'y2']), policy)
    expect([size, cosignatures.length]).toEqual([7, 3])
    for (const names of [[], ['x1', 'x2', 'x3'], ['x1', 'y1', 'y2', 'y3']])
      await expect(openWitnessed(await cosignedBy(names), policy), `${names}`).rejects.toThrow(
        expect.objectContaining({ code: 'WITNESSES' }),
      )
  })

  it('counts exactly as its rule says, for every set of witnesses', () => {
    const policy = parseTrustPolicy(EXAMPLE)
    fc.assert(
      fc.property(fc.subarray(witnesses.map(({ name }) => name)), (names) => {
        const keys = new Set(policy.witnesses.filter(({ name }) => names.includes(name)).map(({ key }) => key))
        const expected = names.filter((n) => n[0] === 'x').length >= 2 && names.some((n) => n[0] === 'y')
        expect(meetsQuorum(policy, keys)).toBe(expected)
      }),
    )
  })

  it('trusts only its logs; without any, the one that is named beside it', async () => {
    const none = parseTrustPolicy('quorum none\n')
    await expect(openWitnessed(note, none)).rejects.toThrow(expect.objectContaining({ code: 'SIGNATURE' }))
    expect((await openWitnessed(note, none, parseVkey(log.vkey))).size).toBe(7)
    const other = await parseSkey(await formatSkey('example.com/log', seed(77)))
    const foreign = parseTrustPolicy(`log ${other.vkey}\nquorum none`)
    await expect(openWitnessed(note, foreign, parseVkey(log.vkey))).rejects.toThrow(TlogError)
  })

  it('does not open a note with a wrong cosignature by one of its witnesses, and ignores strangers', async () => {
    const policy = parseTrustPolicy(`log ${log.vkey}\n${lines[0]}\nquorum x1`)
    const elsewhere = formatCheckpoint({ origin: 'example.com/log', size: 8, root: seed(3) })
    const wrong = note + (await witnesses[0]?.cosigner.cosign(elsewhere, 1000))
    await expect(readWitnessed(wrong, policy)).rejects.toThrow(expect.objectContaining({ code: 'SIGNATURE' }))
    const strangers = await cosignedBy(['x2', 'y1'])
    expect((await readWitnessed(strangers, policy)).cosignatures).toEqual([])
  })

  it.each([
    ['no quorum', `log ${log.vkey}`],
    ['two quorums', 'quorum none\nquorum none'],
    ['an unknown name', 'quorum w'],
    ['a group of later witnesses', `group g any x1\n${lines[0]}\nquorum g`],
    ['a group without members', `${lines[0]}\ngroup g any\nquorum none`],
    ['none as a member', 'group g any none\nquorum g'],
    ['none as a name', `witness none ${vkeyOf('x1')}\nquorum none`],
    ['a name twice', `${lines[0]}\nwitness x1 ${vkeyOf('x2')}\nquorum x1`],
    ['a key twice', `${lines[0]}\nwitness other ${vkeyOf('x1')}\nquorum x1`],
    ['a log twice', `log ${log.vkey}\nlog ${log.vkey}\nquorum none`],
    ['a member in two groups', `${lines[0]}\n${lines[1]}\ngroup g any x1\ngroup h any x1 x2\nquorum g`],
    ['a threshold of 0', `${lines[0]}\ngroup g 0 x1\nquorum g`],
    ['a threshold over its members', `${lines[0]}\ngroup g 2 x1\nquorum g`],
    ['a threshold of 01', `${lines[0]}\ngroup g 01 x1\nquorum g`],
    ['a log’s key as a witness', `witness w ${log.vkey}\nquorum w`],
    ['an unknown keyword', 'quorum none\nwitnesses 3'],
    ['a carriage return', 'quorum none\r\n'],
    ['a non-breaking space', `log\u00a0${log.vkey}\nquorum none`],
    ['too many items', `quorum none none`],
  ])('is malformed with %s', (_, file) => {
    expect(() => parseTrustPolicy(file)).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
  })

  it('takes names and comments in any encoding as what they are, and 32 of each', () => {
    const kelvin = Buffer.concat([
      Buffer.from(`# Gru\xdf\nwitness \u212a ${vkeyOf('x1')}\nwitness K ${vkeyOf('x2')}\nquorum `),
      Buffer.from('\u212a'),
    ])
    expect(parseTrustPolicy(kelvin).quorum?.name).toBe('\u212a')
    expect(
      parseTrustPolicy(Buffer.concat([Buffer.from('# \xff\xfe', 'latin1'), Buffer.from('\nquorum none')])).quorum,
    ).toBeNull()
  })

  it('says nothing but MALFORMED of arbitrary bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array(), fc.stringMatching(/^(log|witness|group|quorum)[ \t\na-z0-9+]*$/)),
        (file) => {
          try {
            parseTrustPolicy(file)
          } catch (error) {
            expect(error).toBeInstanceOf(TlogError)
          }
        },
      ),
    )
  })
})
