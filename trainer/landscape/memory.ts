/** Peak memory: a formula whose terms are the tensors that a transformer keeps on the card, with fitted coefficients. */
import { accumulation, type Configuration } from './configuration.js'
import type { Architecture } from './features.js'
import type { WeightsFile } from './weights.js'

export function peakMemoryGb(
  { coefficients: k }: WeightsFile['memory'],
  c: Configuration,
  { dim, heads, params }: Architecture,
): number {
  const layers = c.DEVICE_BATCH_SIZE * c.DEPTH
  const millions = params / 1e6
  return (
    k.one +
    k.batch * c.DEVICE_BATCH_SIZE +
    (k.batchDepthWidth * layers * dim) / 1000 +
    (k.batchWidth * c.DEVICE_BATCH_SIZE * dim) / 1000 +
    (k.batchDepthHeads * layers * heads) / 1000 +
    k.params * millions +
    (accumulation(c) === 1 ? k.paramsUnaccumulated * millions : 0)
  )
}
