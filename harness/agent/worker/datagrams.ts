/** As QR does of a DNS message (RFC 1035, 4.1.1). */
const mark = 'answer: '

/** What answers a datagram. @param said who answers, or what is wrong. */
export const answerSaying = (said: string): string => `${mark}${said}\n`

/**
 * Whether a datagram answers another one. Nobody answers that in turn, wherever rules lead it: two that answer whatever
 * comes would never end.
 */
export const isAnswer = (data: Buffer): boolean => data.subarray(0, mark.length).toString('latin1') === mark
