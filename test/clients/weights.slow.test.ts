import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VaultError, Weights } from '../../clients/typescript/safelevel-weights.ts'
import { readOperatorToken } from '../../src/accounts/index.ts'
import { createDeviceKey, type DeviceKey } from '../../src/cli/vault-client/index.ts'
import { findPython } from '../support/python-tools.ts'
import { noise } from '../support/reading-world.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { grantIn, sealIn } from '../support/weights-served.ts'

/** Every kind of number that the clients turn into arrays: what stands in the file, and what a reader must see. */
const NUMBERS = {
  f32: [
    'F32',
    Buffer.from(new Float32Array([1.5, -2, 0.1, 3e38]).buffer),
    [1.5, -2, Math.fround(0.1), Math.fround(3e38)],
  ],
  f64: ['F64', Buffer.from(new Float64Array([0.1, -1e300, 2, 3]).buffer), [0.1, -1e300, 2, 3]],
  bf16: [
    'BF16',
    Buffer.from(new Uint16Array([0x3fc0, 0xc000, 0x7f7f, 0x0001]).buffer),
    [1.5, -2, 3.3895313892515355e38, 2 ** -133],
  ],
  f16: ['F16', Buffer.from(new Uint16Array([0x3e00, 0xc000, 0x7bff, 0x0001]).buffer), [1.5, -2, 65504, 2 ** -24]],
  i8: ['I8', Buffer.from([1, 255, 127, 128]), [1, -1, 127, -128]],
  i16: ['I16', Buffer.from(new Int16Array([1, -1, 32767, -32768]).buffer), [1, -1, 32767, -32768]],
  i32: ['I32', Buffer.from(new Int32Array([1, -1, 2 ** 31 - 1, 0]).buffer), [1, -1, 2 ** 31 - 1, 0]],
  i64: ['I64', Buffer.from(new BigInt64Array([1n, -1n, 2n ** 40n, 0n]).buffer), [1, -1, 2 ** 40, 0]],
  u8: ['U8', Buffer.from([0, 1, 254, 255]), [0, 1, 254, 255]],
} as const

/** A safetensors file of these, in this order, each of shape 2 × 2; and one larger than a piece of an answer. */
function safetensors(): Buffer {
  const header: Record<string, object> = {}
  let at = 0
  for (const [name, [dtype, bytes]] of Object.entries(NUMBERS)) {
    header[name] = { dtype, shape: [2, 2], data_offsets: [at, at + bytes.length] }
    at += bytes.length
  }
  header.large = { dtype: 'U8', shape: [LARGE.length], data_offsets: [at, at + LARGE.length] }
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, ...Object.values(NUMBERS).map(([, bytes]) => bytes), LARGE])
}

const LARGE = noise(3 * 1024 * 1024 + 5)
const CONFIG = Buffer.from('{"hidden_size": 8}')
const FILES = { 'model.safetensors': safetensors(), 'config.json': CONFIG }

const python = findPython('the Python client of the vault', ['cryptography', 'numpy'])
const hasTorch = python !== null && spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0
let folder: string
let home: RunningApp
let key: DeviceKey
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'safelevel-clients-'))
  key = await createDeviceKey(join(folder, 'device.key'))
  home = await startApp({ config: { classifier: { mode: 'screen' }, canaries: { intervalSeconds: 0 } } })
  await sealIn(home, 'orca/1', FILES)
}, 120_000)
afterAll(async () => {
  await home?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function grant(options: { budgetBytes?: number; files?: string[] } = {}): Promise<string> {
  const device = { thumbprint: key.thumbprint, jwk: key.publicJwk } as Parameters<typeof grantIn>[1]
  return (await grantIn(home, device, { version: 'orca/1', budgetBytes: 100_000_000, ...options })).id
}

describe('the TypeScript client of the vault', () => {
  const open = async (options = {}) => new Weights({ url: home.controlUrl, grant: await grant(options), key: key.path })

  it('lists files and tensors', async () => {
    const weights = await open()
    const files = await weights.files()
    expect(files.map(({ path, sizeBytes }) => [path, sizeBytes]).sort()).toEqual(
      Object.entries(FILES)
        .map(([path, bytes]) => [path, bytes.length])
        .sort(),
    )
    expect([...(await weights.index()).keys()]).toEqual([...Object.keys(NUMBERS), 'large'])
  })

  it.each(Object.entries(NUMBERS))('reads numbers of kind %s', async (name, [dtype, , numbers]) => {
    const { data, shape, ...tensor } = await (await open()).tensor(name)
    expect([tensor.dtype, shape, Array.from(data, Number)]).toEqual([dtype, [2, 2], [...numbers]])
  })

  it('reads all tensors, files, and parts of files', async () => {
    const weights = await open()
    const names = []
    for await (const tensor of weights.tensors()) names.push(tensor.name)
    expect(names).toEqual([...Object.keys(NUMBERS), 'large'])
    expect(Buffer.from((await weights.tensor('large')).data as Uint8Array).equals(LARGE)).toBe(true)
    expect(Buffer.from(await weights.read('config.json')).equals(CONFIG)).toBe(true)
    expect(Buffer.from(await weights.read('config.json', 2, 6)).toString()).toBe('hidden')
    await expect(weights.read('other')).rejects.toThrow(RangeError)
  })

  it('says what the server says', async () => {
    const weights = await open({ budgetBytes: 1_000 })
    await expect(weights.tensor('large')).rejects.toThrow(VaultError)
    await expect(weights.tensor('large')).rejects.toMatchObject({ status: 403 })
    const none = new Weights({ url: home.controlUrl, grant: 'grt_none', key: key.path })
    await expect(none.files()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('reads over nothing that others can listen to', () => {
    expect(() => new Weights({ url: 'http://vault.example', grant: 'g', key: key.path })).toThrow(TypeError)
  })
})

describe.skipIf(python === null)('the Python client of the vault', () => {
  const run = async (script: string, ...args: string[]): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(python ?? '', ['-c', script, home.controlUrl, key.path, ...args], {
      env: {
        PYTHONDONTWRITEBYTECODE: '1',
        PATH: process.env.PATH,
        PYTHONPATH: join(import.meta.dirname, '../../clients/python'),
        HOME: folder,
      },
    })
    return JSON.parse(stdout)
  }
  const open =
    'import json, sys, hashlib\nfrom safelevel_weights import *\nw = Weights(sys.argv[1], sys.argv[3], sys.argv[2])\n'

  it('reads tensors of every kind', async () => {
    const script = `${open}print(json.dumps({n: [str(t.dtype), list(t.shape), [float(x) for x in t.flat]] for n, t in w.tensors() if n != "large"}))`
    const found = (await run(script, await grant())) as Record<string, [string, number[], number[]]>
    expect(Object.keys(found)).toEqual(Object.keys(NUMBERS))
    for (const [name, [, , numbers]] of Object.entries(NUMBERS)) {
      expect([name, found[name]?.[1], found[name]?.[2]]).toEqual([name, [2, 2], [...numbers]])
    }
  })

  it('reads bfloat16 without ml_dtypes, as float32', async () => {
    const script = `import sys; sys.modules["ml_dtypes"] = None
${open}
t = w.tensor("bf16")
print(json.dumps([str(t.dtype), [float(x) for x in t.flat]]))`
    expect(await run(script, await grant())).toEqual(['float32', [...NUMBERS.bf16[2]]])
  })

  it('reads tensors for torch', { skip: !hasTorch }, async () => {
    const script = `${open}print(json.dumps({n: [str(t.dtype), list(t.shape), t.double().flatten().tolist()] for n, t in w.tensors("torch") if n != "large"}))`
    const found = (await run(script, await grant())) as Record<string, [string, number[], number[]]>
    expect(found.bf16?.[0]).toBe('torch.bfloat16')
    for (const [name, [, , numbers]] of Object.entries(NUMBERS)) {
      expect([name, found[name]?.[1], found[name]?.[2]]).toEqual([name, [2, 2], [...numbers]])
    }
  })

  it('opens files to read and seek in', async () => {
    const script = `${open}
with w.open("model.safetensors") as f:
    whole = hashlib.sha256(f.read()).hexdigest()
    f.seek(-4, 2)
    tail = f.read().hex()
listed = {f.path: f.sha256 for f in w.files()}["model.safetensors"]
print(json.dumps([whole == listed, tail, json.load(w.open("config.json")), bytes(w.read("config.json", 2, 6)).decode()]))`
    const tail = FILES['model.safetensors'].subarray(-4).toString('hex')
    expect(await run(script, await grant())).toEqual([true, tail, { hidden_size: 8 }, 'hidden'])
  })

  it('reads in several threads at once', async () => {
    const script = `${open}from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    print(json.dumps(list(pool.map(lambda _: hashlib.sha256(w.tensor("large").tobytes()).hexdigest(), range(8)))))`
    expect(new Set((await run(script, await grant())) as string[]).size).toBe(1)
  })

  it('says what the server says', async () => {
    const script = `${open}
try:
    w.tensor("large")
except VaultError as error:
    print(json.dumps([error.status, str(error)]))`
    const [status] = (await run(script, await grant({ budgetBytes: 1_000 }))) as [number, string]
    expect(status).toBe(403)
  })

  it('seals a checkpoint', async () => {
    const born = join(folder, 'born')
    mkdirSync(join(born, 'sub'), { recursive: true })
    writeFileSync(join(born, 'model.safetensors'), FILES['model.safetensors'])
    writeFileSync(join(born, 'sub/config.json'), CONFIG)
    const script = `import json, sys
from safelevel_weights import put
print(json.dumps(put(sys.argv[1], sys.argv[3], sys.argv[4], "orca", "2")))`
    const version = await run(script, readOperatorToken(home.dataDir) ?? '', born)
    expect(version).toMatchObject({ id: 'orca/2', state: 'sealed', fileCount: 2 })
  })
})
