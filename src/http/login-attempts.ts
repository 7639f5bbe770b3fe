/** How often an address may send a wrong token at /login: a token bucket for each. */
import { isIPv6 } from 'node:net'

const MINUTE_MS = 60_000
/** More addresses than this are not told apart: whoever is forgotten begins with a full bucket. */
const MOST_ADDRESSES = 10_000

interface Bucket {
  readonly left: number
  readonly at: number
}

export class LoginAttempts {
  /** By address; the one that failed the longest ago comes first. */
  private readonly buckets = new Map<string, Bucket>()

  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The seconds until this address may try again; 0 where it may now. */
  secondsToWait(address: string): number {
    const left = this.left(networkOf(address))
    return left >= 1 ? 0 : Math.ceil(((1 - left) * MINUTE_MS) / this.perMinute / 1000)
  }

  fail(address: string): void {
    const network = networkOf(address)
    const left = this.left(network) - 1
    this.buckets.delete(network)
    this.buckets.set(network, { left, at: this.now() })
    const [oldest] = this.buckets.keys()
    if (this.buckets.size > MOST_ADDRESSES) this.buckets.delete(oldest!)
  }

  private left(network: string): number {
    const bucket = this.buckets.get(network)
    if (bucket === undefined) return this.perMinute
    const gained = ((this.now() - bucket.at) * this.perMinute) / MINUTE_MS
    return Math.min(this.perMinute, bucket.left + gained)
  }
}

/** Whoever has one address of IPv6 has its whole network of 64 bits. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [before = '', after] = address.split('::')
  const [first, last] = [before, after].map((part) => (part ? part.split(':') : []))
  const zeros = after === undefined ? [] : Array<string>(8 - first!.length - last!.length).fill('0')
  return [...first!, ...zeros, ...last!].slice(0, 4).join(':')
}
