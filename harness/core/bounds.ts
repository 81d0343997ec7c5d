/** A bound on time as a person says it: `30 s`, `200 ms`. @param milliseconds a whole number. */
export const durationBound = (milliseconds: number): string =>
  milliseconds % 1000 === 0 ? `${milliseconds / 1000} s` : `${milliseconds} ms`

const mebibyte = 1024 * 1024

/** A bound on size as a person says it: `16 MiB`, `1000 bytes`. @param bytes a whole number. */
export const sizeBound = (bytes: number): string =>
  bytes % mebibyte === 0 ? `${bytes / mebibyte} MiB` : `${bytes} bytes`
