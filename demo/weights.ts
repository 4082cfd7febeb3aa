import { join } from 'node:path'
import { createDeviceKey, VaultClient } from '../src/cli/vault-client/index.ts'
import type { Grant } from '../src/weights/access/index.ts'
import { DEVICE_ACTION } from '../src/weights/access/index.ts'
import type { PersonName } from './cast.ts'
import { lately, type Scene, type Stage, scene } from './stage.ts'

const MB = 1_000_000

/** Made-up weights of three versions, devices that were let in, grants that were asked for, agreed to and read under, and what guards them. */
export function weightScenes(stage: Stage): Scene[] {
  const { app, cast } = stage
  const { access, reading } = app.weights
  const clients = new Map<string, VaultClient>()
  const devices = new Map<string, string>()
  const letIn = async (name: string, owner: PersonName) => {
    const key = await createDeviceKey(join(stage.folder.path, `${name}.key`))
    const client = new VaultClient({ url: stage.server.controlUrl, key, clock: stage.clock })
    const publicJwk = key.publicJwk as Parameters<typeof access.devices.register>[0]['publicJwk']
    const device = await access.devices.register({ name, kind: 'person', publicJwk }, cast.get(owner).id)
    const { id, thumbprint, host, personId, environment } = device
    const payload = { device: id, thumbprint, name, host, personId, environment }
    await cast.agree(owner, { action: DEVICE_ACTION, payload, reason: 'My workstation' }, 'june')
    clients.set(name, client)
    devices.set(name, id)
  }
  const given = async (device: string, owner: PersonName, version: string, budgetBytes: number, purpose: string) => {
    const ask = { device: devices.get(device) ?? '', version, files: ['*'], purpose, use: 'program' as const }
    const { id } = await access.requests.ask({ ...ask, budgetBytes, windowMinutes: 600 }, cast.get(owner).id)
    await cast.sign(id, 'june')
    const grant = await access.grants.byApproval(id)
    if (grant === null) throw new Error(`no grant came of ${id}`)
    return grant
  }
  // In a few pieces of unlike sizes, as one reads tensors: a version that goes out in many small ones of one size is told of, and its reader kept away.
  const read = async (device: string, grant: Grant, ...sizes: readonly number[]) => {
    const client = clients.get(device)
    if (client === undefined) throw new Error(`there is no device ${device}`)
    const session = await client.session(grant.id)
    const [file] = await session.files()
    let start = 0
    for (const bytes of sizes) {
      const headers = { range: `bytes=${start}-${start + bytes - 1}` }
      start += bytes
      const about = { token: session.view.token, headers, signal: AbortSignal.timeout(10_000) }
      const { body } = await client.open('GET', `/files/${file?.n}`, about)
      for await (const _ of body ?? []);
    }
  }
  return [
    scene(104, 8, () => put(stage, 'orca', 'c3', 3 * MB)),
    scene(103, 8.5, () => put(stage, 'heron', 'h2', 2 * MB)),
    scene(74, 8, () => put(stage, 'orca', 'c7', 4 * MB)),
    scene(102, 9, async () => {
      await letIn('workstation-7', 'ivo')
      await letIn('workstation-9', 'mo')
    }),
    scene(101, 10, async () => {
      const dee = cast.actor('dee')
      await access.canaries.plantModel({ model: 'orca', version: 'c15', sizeBytes: 200_000 }, dee)
      await access.canaries.drill(dee)
      await reading.budgets.set({ kind: 'person', id: '*', capacityBytes: 3 * MB, bytesPerDay: MB }, dee)
      await reading.budgets.set({ kind: 'model', id: 'orca', capacityBytes: 6 * MB, bytesPerDay: 2 * MB }, dee)
      await access.copies.register(
        { version: 'orca/c3', place: 'tape-3:/vault/9', owner: cast.get('ivo').id, days: 90 },
        dee,
      )
      const custody = {
        place: 'The trust’s safe (made up)',
        statement: 'On sealed tape; seen there in March.',
        days: 90,
      }
      await access.custodies.state({ model: 'kite', ...custody }, dee)
    }),
    scene(63, 9, async () => {
      const grant = await given('workstation-7', 'ivo', 'orca/c3', MB, 'Compare activations of two layers')
      await read('workstation-7', grant, 530_000, 270_000)
    }),
    scene(29, 9, async () => {
      const grant = await given('workstation-9', 'mo', 'orca/c7', MB, 'Look at a tensor that failed its check')
      await read('workstation-9', grant, 450_000)
    }),
    scene(17, 14, async () => {
      const grant = await given('workstation-7', 'ivo', 'orca/c7', 2 * MB, 'Prepare the export to the evaluators')
      await read('workstation-7', grant, 200_000)
      await access.grants.revoke(grant.id, cast.actor('dee'), 'The evaluators do it in the sandbox')
    }),
    scene(12, 8, () => access.campaigns.start(cast.actor('dee')).then(() => {})),
    scene(12, 12, async () => {
      for (const [name, owner] of [['workstation-7', 'ivo']] as const)
        await letInAgain(stage, devices.get(name) ?? '', owner)
    }),
    // By the end these still run: one that is read under, one that waits for the approver.
    lately(40, async () => {
      const grant = await given('workstation-7', 'ivo', 'orca/c7', 3 * MB, 'Steering vectors for the next evaluation')
      await read('workstation-7', grant, 410_000, 310_000)
    }),
    lately(15, async () => {
      const ask = {
        device: devices.get('workstation-9') ?? '',
        version: 'orca/c3',
        files: ['*'],
        use: 'program' as const,
      }
      const purpose = 'Look at the embedding of one token'
      await access.requests.ask({ ...ask, purpose, budgetBytes: MB / 2, windowMinutes: 120 }, cast.get('mo').id)
    }),
  ]
}

/** A person who is not its owner finds that a device is still needed. */
async function letInAgain({ app, cast }: Stage, device: string, owner: PersonName): Promise<void> {
  const { campaigns } = app.weights.access
  const [campaign] = await campaigns.list()
  const item = campaign?.items.find(({ type, id }) => type === 'device' && id === device)
  if (campaign === undefined || item === undefined) throw new Error(`nobody asks about the device of ${owner}`)
  await campaigns.confirm(campaign.id, { type: item.type, id: item.id }, cast.get('june').id)
}

/** Bytes that mean nothing, sealed as a version. */
async function put({ app, cast, draw }: Stage, model: string, version: string, sizeBytes: number): Promise<void> {
  const { uploads } = app.weights.vault
  const by = cast.actor('ivo')
  const bytes = Buffer.alloc(sizeBytes, `made-up weights ${draw.between(0, 1e9)} `)
  const files = [{ path: 'model-00001-of-00001.bin', sizeBytes }]
  const upload = await uploads.begin({ model, version, files }, by)
  const { partBytes = 0, parts = 0 } = upload.files[0] ?? {}
  for (let part = 0; part < parts; part += 1)
    await uploads.putPart(upload.id, 0, part, once(bytes.subarray(part * partBytes, (part + 1) * partBytes)))
  await uploads.finish(upload.id, by)
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
