import { elements } from './elements.ts'
import { filters } from './filters.ts'
import { main } from './main.ts'
import { matrix } from './matrix.ts'
import { nodes } from './nodes.ts'
import { order } from './order.ts'
import { parts } from './parts.ts'
import { picture } from './picture.ts'
import { view } from './view.ts'

/** The page's script: parts that share one scope, in the order in which they need each other. */
export const script = `'use strict';{\n${[elements, order, nodes, parts, picture, matrix, filters, view, main].join('')}}\n`
