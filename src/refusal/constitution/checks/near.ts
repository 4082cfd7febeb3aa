import { hash, hkdfSync } from 'node:crypto'
import { likeness, readSignature, Similarity } from '../../../screening/index.ts'

/** 16 bands of 8 numbers: texts that are alike by 0.85 share a band in 99 of 100 cases, those alike by 0.5 in 6. */
const BANDS = 16
const ROWS = 8
/** Of one bucket, so that a set made to collide stays linear. */
const MOST_COMPARED = 64

export interface Alike {
  readonly id: string
  readonly likeness: number
}

/** Signatures of a run: keyed by its seed, so that the same run finds the same. */
export function similarityOf(seed: number): Similarity {
  return new Similarity(Buffer.from(hkdfSync('sha256', Buffer.from(String(seed)), '', 'safelevel.constitution/1', 32)))
}

/** A text's signature; null for a text too short to be like anything. */
export function signatureOf(similarity: Similarity, text: string): Uint32Array | null {
  const signature = similarity.signatureOf(text)
  return signature === null ? null : readSignature(signature)
}

/** Texts that are looked for among many: by locality-sensitive hashing of their signatures (Broder 1997; Indyk and Motwani 1998). */
export class NearTexts {
  readonly #buckets = new Map<string, { id: string; signature: Uint32Array }[]>()

  add(id: string, signature: Uint32Array): void {
    for (const key of bandsOf(signature)) {
      const bucket = this.#buckets.get(key)
      if (bucket === undefined) this.#buckets.set(key, [{ id, signature }])
      else if (bucket.length < MOST_COMPARED) bucket.push({ id, signature })
    }
  }

  /** The most alike from `threshold` on; null = none. */
  nearest(signature: Uint32Array, threshold: number): Alike | null {
    let best: Alike | null = null
    for (const key of bandsOf(signature)) {
      for (const { id, signature: other } of this.#buckets.get(key) ?? []) {
        const alike = likeness(signature, other)
        if (alike >= threshold && (best === null || alike > best.likeness)) best = { id, likeness: alike }
      }
    }
    return best
  }
}

function bandsOf(signature: Uint32Array): string[] {
  return Array.from({ length: BANDS }, (_, band) => {
    const rows = signature.subarray(band * ROWS, (band + 1) * ROWS)
    return `${band}:${hash('sha1', Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength), 'base64')}`
  })
}
