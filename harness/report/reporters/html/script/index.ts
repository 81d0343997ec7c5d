import { causes } from './causes.ts'
import { copy } from './copy.ts'
import { elements } from './elements.ts'
import { filters } from './filters.ts'
import { main } from './main.ts'
import { make } from './make.ts'
import { matrix } from './matrix.ts'
import { nodes } from './nodes.ts'
import { order } from './order.ts'
import { parts } from './parts.ts'
import { picture } from './picture.ts'
import { view } from './view.ts'

/** The page's script: parts that share one scope, in the order in which they need each other. */
export const script = `'use strict';{\n${[make, elements, order, copy, nodes, parts, picture, matrix, causes, filters, view, main].join('')}}\n`
