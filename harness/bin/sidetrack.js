#!/usr/bin/env node
import { requireNode } from './require-node.js'

requireNode()
import('./compile-cache.js').then(() => import('./start.js'))
