import { z } from 'zod'

/** Which key of which token, behind which module. */
export interface TokenKey {
  /** Absolute path of the maker's library. */
  readonly module: string
  readonly tokenLabel: string
  /** Needed where two tokens have that label. */
  readonly tokenSerial: string | undefined
  readonly keyLabel: string
}

/** To the process that holds the token: `open` first, then one at a time. */
export type Ask =
  | { readonly type: 'open'; readonly key: TokenKey; readonly pin: string; readonly binding: string }
  | { readonly type: 'newest' }
  | {
      readonly type: 'encrypt'
      readonly version: number
      readonly iv: Uint8Array
      readonly aad: Uint8Array
      readonly plain: Uint8Array
    }
  | {
      readonly type: 'decrypt'
      readonly version: number
      readonly iv: Uint8Array
      readonly aad: Uint8Array
      readonly sealed: Uint8Array
    }
  | { readonly type: 'generate' }

const Bytes = z.custom<Uint8Array>(
  (value) => value instanceof Uint8Array && value.length <= 4_096,
  'bytes, at most 4 KiB',
)

/**
 * Why the token did not do it. `lost` is what another session may mend: the token was taken out, or the session ended.
 * `not-authentic` is said only when the token has just shown that it works.
 */
const Refusal = z.enum([
  'binding',
  'module',
  'no-token',
  'pin',
  'pin-locked',
  'no-key',
  'key-unfit',
  'not-authentic',
  'lost',
  'device',
])
export type Refusal = z.infer<typeof Refusal>

/** Back again. `detail` is the name of a CKR code or a word of ours, never text of the module's. */
export const Answer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('done') }),
  z.strictObject({ type: z.literal('version'), version: z.int().nonnegative() }),
  z.strictObject({ type: z.literal('bytes'), bytes: Bytes }),
  z.strictObject({ type: z.literal('refused'), refusal: Refusal, detail: z.string().regex(/^[A-Za-z0-9_ ]{1,80}$/) }),
])
export type Answer = z.infer<typeof Answer>
