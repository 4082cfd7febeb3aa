import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFolder } from '../score/read-folder.ts'
import { cellsOf } from './csv.ts'
import { importFolder } from './import-folder.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'safelevel-loaders-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Files in the form of a data set; every value in them is invented. */
function folder(name: string, files: Record<string, string | Buffer>): string {
  const dir = join(mkdtempSync(join(root, 'set-')), name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  return dir
}

let made = 0
async function imported(options: Omit<Parameters<typeof importFolder>[0], 'out'>) {
  const out = join(root, `out-${++made}`)
  const report = await importFolder({ ...options, out })
  const text = readdirSync(out)
    .filter((file) => file.startsWith('activity-'))
    .map((file) => readFileSync(join(out, file), 'utf8'))
    .join('')
  const activities = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { report, activities, folder: openFolder(out) }
}

const CERT = {
  'logon.csv':
    'id,date,user,pc,activity\n{L1},03/01/2010 08:01:00,INV0001,PC-1,Logon\n{L2},03/02/2010 18:00:00,INV0001,PC-1,Logoff\n',
  'device.csv': 'id,date,user,pc,activity\n{D1},03/01/2010 22:10:00,INV0001,PC-1,Connect\n',
  'file.csv':
    'id,date,user,pc,filename,content\n{F1},03/01/2010 22:11:00,INV0001,PC-1,plans.doc,"one, two ""three"""\n',
  'http.csv':
    'id,date,user,pc,url,content\n{H1},03/01/2010 09:00:00,INV0002,PC-2,http://example.org/a/b.html,words\nbroken\n',
  'email.csv':
    'id,date,user,pc,to,cc,bcc,from,size,attachments,content\n{E1},03/01/2010 10:00:00,INV0002,PC-2,A.B@dtaa.com;C@example.org,,,I@dtaa.com,2048,1,words\n',
  'LDAP/2010-03.csv': 'employee_name,user_id,email,role,team\nInvented One,INV0001,i@dtaa.com,Engineer,3 - Team\n',
  'answers/insiders.csv':
    'dataset,scenario,details,user,start,end\n4.2,1,r4.2-1-INV0001.csv,INV0001,03/01/2010 22:00:00,03/02/2010 19:00:00\n5.2,1,x.csv,INV0009,03/01/2010 22:00:00,03/02/2010 19:00:00\n',
  'answers/r4.2-1/r4.2-1-INV0001.csv':
    'device,{D1},03/01/2010 22:10:00,INV0001,PC-1,Connect\nfile,{F1},03/01/2010 22:11:00,INV0001,PC-1,plans.doc,words\n',
}

describe('a CERT data set', () => {
  it('becomes activities in order, without content, with its answers as truth', async () => {
    const { report, activities, folder: read } = await imported({ format: 'cert', from: folder('r4.2', CERT) })
    expect(activities.map(({ id, kind, person }) => [id, kind, person])).toEqual([
      ['{L1}', 'cert.logon', 'INV0001'],
      ['{H1}', 'cert.http', 'INV0002'],
      ['{E1}', 'cert.email', 'INV0002'],
      ['{D1}', 'cert.device_connect', 'INV0001'],
      ['{F1}', 'cert.file_copy', 'INV0001'],
      ['{L2}', 'cert.logoff', 'INV0001'],
    ])
    expect(activities[0]).toMatchObject({ timeMs: Date.UTC(2010, 2, 1, 8, 1), source: 'cert', host: 'PC-1' })
    expect(activities[2]).toMatchObject({ bytes: 2048, data: { recipients: 2, outside: 1, attachments: 1 } })
    expect(activities[4]).toMatchObject({ bytes: 16, data: { extension: 'doc', toRemovable: true } })
    expect(JSON.stringify(activities)).not.toMatch(/words|three|plans|b\.html/)
    expect(report).toMatchObject({
      synthetic: true,
      origin: 'cert-r4.2',
      activities: 6,
      days: 2,
      people: 2,
      campaigns: 1,
      faults: 1,
    })
    expect(read.truths).toMatchObject([{ kind: 'cert-scenario-1', people: ['INV0001'], activities: ['{D1}', '{F1}'] }])
  })

  it('is read with the columns of later releases, and of a release that is named', async () => {
    const from = folder('somewhere', {
      'file.csv':
        'id,date,user,pc,filename,activity,to_removable_media,from_removable_media,content\n{F1},03/01/2010 22:11:00,INV0001,PC-1,a.zip,File Write,False,True,abc\n',
      'http.csv':
        'id,date,user,pc,url,activity,content\n{H1},03/01/2010 23:00:00,INV0001,PC-1,http://example.org/,WWW Upload,abcd\n',
      'answers/insiders.csv': CERT['answers/insiders.csv'],
    })
    const { activities, folder: read } = await imported({ format: 'cert', from, release: '5.2' })
    expect(activities.map(({ kind, bytes }) => [kind, bytes])).toEqual([
      ['cert.file_write', 3],
      ['cert.http_upload', 4],
    ])
    expect(activities[0].data.toRemovable).toBe(false)
    expect(read.truths.map(({ id }) => id)).toEqual(['r5.2-1-INV0009'])
    await expect(imported({ format: 'cert', from })).rejects.toThrow('--release')
  })

  it('opens no file outside the answers, whatever these say', async () => {
    const answers = CERT['answers/insiders.csv'].replace('r4.2-1-INV0001.csv', '../../logon.csv')
    const { folder: read } = await imported({
      format: 'cert',
      from: folder('r4.2', { ...CERT, 'answers/insiders.csv': answers }),
    })
    expect(read.truths[0]?.activities).toEqual([])
  })
})

const LANL = {
  'auth.txt': [
    '1,U1@DOM1,U1@DOM1,C1,C2,Kerberos,Network,LogOn,Success',
    '5,U2@DOM1,U2@DOM1,C3,C4,NTLM,Network,LogOn,Fail',
    '5,U2@DOM1,U2@DOM1,C9,C8,NTLM,Network,LogOn,Success',
    'x,U2@DOM1',
  ].join('\n'),
  'proc.txt.gz': gzipSync('3,U1@DOM1,C1,P16,Start\n90000,U1@DOM1,C1,P16,End\n'),
  'redteam.txt': '5,U2@DOM1,C9,C8\n',
}

describe('the LANL data set', () => {
  it('becomes activities in order, with what the red team did as truth', async () => {
    const { report, activities, folder: read } = await imported({ format: 'lanl', from: folder('lanl', LANL) })
    expect(activities.map(({ id, kind }) => [id, kind])).toEqual([
      ['auth-1', 'lanl.auth'],
      ['proc-1', 'lanl.process'],
      ['auth-2', 'lanl.auth'],
      ['auth-3', 'lanl.auth'],
      ['proc-2', 'lanl.process'],
    ])
    expect(activities[2]).toMatchObject({ person: 'U2@DOM1', host: 'C3', outcome: 'failure', data: { to: 'C4' } })
    expect(report).toMatchObject({
      synthetic: false,
      origin: 'lanl-cyber1',
      activities: 5,
      days: 2,
      people: 2,
      campaigns: 1,
      faults: 1,
    })
    expect(read.truths).toMatchObject([{ id: 'red-U2@DOM1', people: ['U2@DOM1'], activities: ['auth-3'] }])
    expect(read.manifest.synthetic).toBe(false)
  })

  it('can be cut short', async () => {
    const { report } = await imported({ format: 'lanl', from: folder('lanl', LANL), days: 1 })
    expect(report).toMatchObject({ activities: 4, days: 1 })
  })
})

describe('a folder that is none', () => {
  it.each(['cert', 'lanl'] as const)('is refused as %s, and leaves nothing behind', async (format) => {
    await expect(imported({ format, from: folder('empty', { 'readme.txt': '' }) })).rejects.toThrow('is no folder of')
    expect(readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([])
  })
})

describe('a row', () => {
  it('is split as it was joined', () => {
    const cell = fc.string().filter((text) => !/[\r\n]/.test(text))
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 6 }), (cells) => {
        const line = cells.map((text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',')
        expect(cellsOf(line)).toEqual(cells)
      }),
    )
  })

  it('ends, however it is quoted', () => {
    const line = fc.string({ unit: fc.constantFrom('"', ',', 'a') })
    fc.assert(
      fc.property(line, (text) => {
        expect(cellsOf(text).length).toBeGreaterThan(0)
      }),
    )
  })
})
