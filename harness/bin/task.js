import { requireNode } from './require-node.js'

requireNode()
import('./run-task.js')
