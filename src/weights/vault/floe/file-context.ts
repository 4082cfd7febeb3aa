import { z } from 'zod'

const Name = z
  .string()
  .min(1)
  .max(1024)
  .refine((text) => text.isWellFormed(), 'a lone surrogate')

/** Which file of which model a ciphertext is: it opens as no other. */
export const VaultFileContext = z.strictObject({
  model: Name,
  version: Name,
  path: Name,
  /** of the plaintext; so cutting or extending the ciphertext shows without reading it */
  sizeBytes: z.int().nonnegative(),
})
export type VaultFileContext = z.infer<typeof VaultFileContext>

/**
 * The associated data of a file in the vault: RFC 8785 canonical JSON.
 *
 * @throws {z.ZodError} for a name that is empty, longer than 1024 or holds a lone surrogate, or a size that is none
 */
export function fileAad(file: VaultFileContext): Buffer {
  const { model, version, path, sizeBytes } = VaultFileContext.parse(file)
  // Canonical because the keys stand in order, every string is well-formed and the number an integer (RFC 8785 §3.2).
  return Buffer.from(JSON.stringify({ format: 'safelevel-vault-file/v1', model, path, sizeBytes, version }))
}
