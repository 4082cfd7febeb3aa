/** What a decoder is made of. */
export interface DecoderShape {
  readonly hidden: number
  readonly inner: number
  readonly layers: number
  readonly heads: number
  readonly keyHeads: number
  readonly vocabulary: number
}
export interface DecoyTensor {
  readonly name: string
  readonly shape: readonly number[]
}

const HIDDEN = [
  16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 640, 768, 1024, 1280, 1536, 2048, 2560, 3072, 4096, 5120, 6144, 7168,
  8192, 12_288, 16_384,
]
const VOCABULARIES = [256, 512, 1_024, 2_048, 8_192, 32_000, 49_152, 64_000, 128_256, 151_936]
const INNER_MULTIPLE = 64
/** How many columns come to a layer in the models that there are. */
const COLUMNS_PER_LAYER = { least: 24, most: 256 }

/** The decoder whose parameters come nearest to the wanted number; of equals the first. */
export function nearestShape(parameters: number): DecoderShape {
  let best = shapeOf(16, 1, 256)
  let bestGap = Number.POSITIVE_INFINITY
  for (const hidden of HIDDEN) {
    const perLayer = count(layerTensors('', shapeOf(hidden, 1, 0)))
    const least = Math.ceil(hidden / COLUMNS_PER_LAYER.most)
    const most = Math.floor(hidden / COLUMNS_PER_LAYER.least) + 2
    for (const vocabulary of VOCABULARIES) {
      const rest = parameters - 2 * vocabulary * hidden - hidden
      const layers = Math.min(Math.max(Math.round(rest / perLayer), least, 1), most)
      const gap = Math.abs(rest - layers * perLayer)
      if (gap < bestGap) [best, bestGap] = [shapeOf(hidden, layers, vocabulary), gap]
    }
  }
  return best
}

/** From its input to its output. */
export function tensorsOf(shape: DecoderShape): DecoyTensor[] {
  const { hidden, layers, vocabulary } = shape
  const all: DecoyTensor[] = [{ name: 'model.embed_tokens.weight', shape: [vocabulary, hidden] }]
  for (let layer = 0; layer < layers; layer++) all.push(...layerTensors(`model.layers.${layer}.`, shape))
  return [
    ...all,
    { name: 'model.norm.weight', shape: [hidden] },
    { name: 'lm_head.weight', shape: [vocabulary, hidden] },
  ]
}

export function elements({ shape }: DecoyTensor): number {
  return shape.reduce((product, size) => product * size, 1)
}

function count(tensors: readonly DecoyTensor[]): number {
  return tensors.reduce((sum, tensor) => sum + elements(tensor), 0)
}

/** Larger models share their keys among heads. */
function shapeOf(hidden: number, layers: number, vocabulary: number): DecoderShape {
  const inner = Math.ceil((hidden * 8) / 3 / INNER_MULTIPLE) * INNER_MULTIPLE
  const heads = hidden >= 1_024 ? hidden / 128 : Math.max(hidden / 16, 1)
  return { hidden, inner, layers, heads, keyHeads: hidden >= 2_048 ? heads / 4 : heads, vocabulary }
}

function layerTensors(prefix: string, { hidden, inner, heads, keyHeads }: DecoderShape): DecoyTensor[] {
  const keys = (hidden / heads) * keyHeads
  return [
    { name: `${prefix}self_attn.q_proj.weight`, shape: [hidden, hidden] },
    { name: `${prefix}self_attn.k_proj.weight`, shape: [keys, hidden] },
    { name: `${prefix}self_attn.v_proj.weight`, shape: [keys, hidden] },
    { name: `${prefix}self_attn.o_proj.weight`, shape: [hidden, hidden] },
    { name: `${prefix}mlp.gate_proj.weight`, shape: [inner, hidden] },
    { name: `${prefix}mlp.up_proj.weight`, shape: [inner, hidden] },
    { name: `${prefix}mlp.down_proj.weight`, shape: [hidden, inner] },
    { name: `${prefix}input_layernorm.weight`, shape: [hidden] },
    { name: `${prefix}post_attention_layernorm.weight`, shape: [hidden] },
  ]
}
