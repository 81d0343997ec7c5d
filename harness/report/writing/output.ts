/** Where a reporter writes: standard output, or what becomes a file. */
export interface Output {
  write(text: string): unknown
  isTTY?: boolean | undefined
  columns?: number | undefined
}
