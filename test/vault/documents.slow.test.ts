import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/base/log.ts'
import { openDb } from '../../src/db/index.ts'
import { askPython, findPython } from '../support/python-tools.ts'
import { freshDataDir } from '../support/stores.ts'
import { noise, VaultWorld } from '../support/vault-world.ts'

const signing = findPython('signatures by the OpenSSF’s own tool', ['model_signing'])
const cyclonedx = findPython('bills of materials by CycloneDX’s own library', ['cyclonedx.validation.json'])

const BOM_CHECK = `
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
print(json.dumps(str(JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read()))))
`

describe('what the vault says of a version, read by others', () => {
  const stack = new AsyncDisposableStack()
  const files = {
    'config.json': Buffer.from('{}'),
    'a.b': noise(10),
    'a/weights.bin': noise(100_000),
    '.gitattributes': noise(5),
  }
  let world: VaultWorld
  beforeAll(async () => {
    const handle = stack.use(await openDb({ url: null, dataDir: await freshDataDir(), log: silentLog }))
    world = stack.use(await VaultWorld.open(handle))
    await world.put('atlas/1', files)
  })
  afterAll(() => stack.disposeAsync())

  it.skipIf(signing === null)('is a signature that holds for these files and no others', async () => {
    const model = join(world.folder, 'model')
    for (const [path, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(model, path)), { recursive: true })
      writeFileSync(join(model, path), bytes)
    }
    const [bundle, key] = [join(world.folder, 'model.sig'), join(world.folder, 'key.pub')]
    writeFileSync(bundle, await world.vault.signature('atlas/1'))
    writeFileSync(key, world.vault.signingKey)
    const verify = () => {
      const args = ['-m', 'model_signing', 'verify', 'key', model, '--signature', bundle, '--public_key', key]
      return spawnSync(signing ?? '', [...args, '--no-ignore-git-paths'], { encoding: 'utf8', timeout: 60_000 })
    }
    const held = verify()
    expect([held.status, held.stdout + held.stderr]).toEqual([0, expect.stringContaining('succeeded')])
    writeFileSync(join(model, 'a.b'), noise(10))
    expect(verify().status).not.toBe(0)
  })

  it.skipIf(cyclonedx === null)('is a valid bill of materials', async () => {
    expect(askPython(cyclonedx ?? '', BOM_CHECK, JSON.stringify(await world.vault.bom('atlas/1')))).toBe('None')
  })
})
