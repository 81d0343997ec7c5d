export const hex = (number: number): string => `0x${(number >>> 0).toString(16)}`
