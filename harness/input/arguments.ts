import { plural } from '../core/plural.ts'
import type * as v from 'valibot'
import { problemsOf, shown } from './fields.ts'

/** What a method takes, in order. */
export interface Parameter {
  /** As messages call it; one that is an object is called by its fields. */
  name?: string
  schema: v.GenericSchema
  isOptional?: true
}

/** All that is wrong with what a method was given. */
export function argumentProblems(takes: readonly Parameter[], given: readonly unknown[]): string[] {
  const tooMany = given.length > takes.length ? [`takes ${countOf(takes.length)}, and was given ${given.length}`] : []
  const problems = takes.flatMap(({ name, schema, isOptional }, index) => {
    if (given[index] === undefined && isOptional) return []
    const prefix = name === undefined ? '' : `${name}: `
    if (given[index] === undefined) return [`${prefix}is missing`]
    return problemsOf(schema, given[index]).map((problem) => `${prefix}${problem}`)
  })
  return [...tooMany, ...problems]
}

function countOf(values: number): string {
  return values === 0 ? 'nothing' : `${plural(values, 'value')} at most`
}

/** A method's name and what it was given first, as messages begin. */
export function callOf(method: string, first: unknown): string {
  return typeof first === 'string' ? `${method}(${shown(first)})` : method
}
