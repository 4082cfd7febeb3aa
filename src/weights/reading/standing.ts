import { AppError } from '../../base/errors.ts'
import type { AccessPort, VaultPort } from './ports.ts'

/**
 * Access as reading goes by it: a grant opens the version that was agreed to, as long as it is in the vault. Who has a file open when its version
 * is erased reads no further.
 */
export function ofSealedVersions(access: AccessPort, { versions }: Pick<VaultPort, 'versions'>): AccessPort {
  return {
    spent: (grantId) => access.spent(grantId),
    isStretchOn: () => access.isStretchOn(),
    touched: (touch) => access.touched(touch),
    async requireActive(grantId, thumbprint) {
      const grant = await access.requireActive(grantId, thumbprint)
      const { state, manifestDigest } = await versions.get(grant.version)
      if (state !== 'sealed') throw new AppError('FORBIDDEN', 'this grant opens nothing now: the version is erased')
      if (manifestDigest !== grant.manifestDigest)
        throw new AppError('FORBIDDEN', 'this grant opens nothing now: the version is not the one that was agreed to')
      return grant
    },
  }
}
