export { digestOf, localSigner, type ModelSigner } from './dsse.ts'
export { checkUnchanged, describeModelFile, findModelFiles, type ModelFile, openModelFile } from './model-files.ts'
export {
  compareFiles,
  type Differences,
  type FileDigest,
  type SignedModel,
  signModel,
  verifyModel,
} from './model-signature.ts'
export type { ReadRange, Tensor, TensorIndex } from './tensor.ts'
export { readTensorIndex } from './tensor-index.ts'
export { checkPaths, comparePaths, pathProblem } from './vault-path.ts'
