/** Bytes: a check takes two or three thousand, and a text in JavaScript has at most 512 MiB. */
export const largestReport = 400 * 1024 * 1024
