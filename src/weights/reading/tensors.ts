import type { OpenFiles } from './open-files.ts'
import type { OpenVaultFile, ReadableFile, ReadingGrant } from './ports.ts'
import type { TensorView } from './schema.ts'

/** By name, in the order in which they lie in their file. */
type TensorsByName = ReadonlyMap<string, TensorView>

/** Where tensors lie, as the headers of their files say: reading those opens the files, which is on the ledger. */
export class Tensors {
  readonly #files: OpenFiles
  /** A mixture of experts has a hundred thousand: sorted in once for as long as the file is open. */
  readonly #known = new WeakMap<OpenVaultFile, Promise<TensorsByName | null>>()

  constructor(files: OpenFiles) {
    this.#files = files
  }

  /** Null when the file is of no kind that has tensors. @throws {AppError} OVERLOADED, LEDGER_UNAVAILABLE, what the vault throws */
  async of(grant: ReadingGrant, file: ReadableFile): Promise<TensorsByName | null> {
    using used = await this.#files.use(grant, file)
    const reading = this.#known.get(used.file) ?? read(used.file)
    this.#known.set(used.file, reading)
    const tensors = await reading
    await used.held.sure()
    return tensors
  }

  /** The first of these files, in their order, that has a tensor of this name. */
  async find(
    grant: ReadingGrant,
    files: readonly ReadableFile[],
    name: string,
  ): Promise<{ file: ReadableFile; tensor: TensorView } | null> {
    for (const file of files) {
      if (!mayHaveTensors(file)) continue
      const tensor = (await this.of(grant, file))?.get(name)
      if (tensor !== undefined) return { file, tensor }
    }
    return null
  }
}

async function read(file: OpenVaultFile): Promise<TensorsByName | null> {
  const tensors = await file.tensors()
  return tensors === null
    ? null
    : new Map(tensors.map((tensor) => [tensor.name, { ...tensor, shape: [...tensor.shape] }]))
}

/** The rest is not opened for a look. */
function mayHaveTensors({ path }: ReadableFile): boolean {
  return /\.(?:safetensors|gguf)$/i.test(path)
}
