/** A server that has not spoken for so long about a trial's advice has lost it to the other servers. */
export const ADVICE_CLAIM_SECONDS = 15
