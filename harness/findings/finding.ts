import type { Family } from '../core/address.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { Observed } from '../flow/verdict.ts'

/** From what is worth knowing to what is surely broken. */
export const severities = ['note', 'warning', 'error'] as const
export type Severity = (typeof severities)[number]

/**
 * Something that can be wrong with a ruleset. Codes are stable: they stand in reports, and in what people have
 * approved.
 */
export interface FindingKind {
  /** In kebab-case. */
  code: string
  /** What it has by default; a case that the mesh itself intends is a note. */
  severity: Severity
  /** One line. */
  title: string
  /** Why it matters and how it comes about, a paragraph. */
  about: string
  /** What to do, a paragraph. */
  remedy: string
}

/** A rule, by its place in the ruleset and in the text that it comes from. */
export interface RulePlace {
  family: Family
  table: string
  chain: string
  /** In its chain, from 1. */
  rule: number
  /** As `iptables-save` prints it: `-A CHAIN …`. */
  text: string
  /** In the text, from 1. */
  line: number
}

/** A flow that shows it. */
export interface Shown {
  flow: ConcreteFlow
  /** What became of it in the kernel, or if it was not driven, what the model says. */
  behaviour: Observed
  /** Whether it was driven. */
  isSeen: boolean
}

/** One case of something that is wrong. */
export interface Finding {
  kind: FindingKind
  severity: Severity
  /** This case in one line. */
  what: string
  /** The rules that it is about, the most important one first. */
  rules: readonly RulePlace[]
  /** Missing where it is not about traffic. */
  shown?: Shown
  /** What tells it from other cases of its kind, whatever else changes in the ruleset: `uid 0`. */
  key: string
}

export const isAtLeast = (severity: Severity, threshold: Severity): boolean =>
  severities.indexOf(severity) >= severities.indexOf(threshold)
